"""Ground Up: the package that holds what learners build, the data, the plots and the checks."""
