"""The glossary: every term once, in its place, with a link that leads to a heading that is there."""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import chapters  # noqa: E402
import glossary  # noqa: E402
from source import SourceError  # noqa: E402

# What a beginner's article on neural networks names, and the chapter with which it must be explained here.
WANTED = {
    "01_neuron": "activation, activation function, artificial neuron, batch size, bias, binary cross-entropy, epoch, "
    "gradient, gradient descent, learning rate, loss, mean squared error, parameter, ReLU, sigmoid, "
    "stochastic gradient descent, supervised learning, target, test set, training set, validation set, weight",
    "02_mlp": "cross-entropy, forward propagation, hidden layer, layer, multilayer perceptron, softmax",
    "03_backpropagation": "backpropagation, chain rule, vanishing gradient",
    "04_tensor": "tensor",
    "05_training": "Adam, batch normalization, hyperparameter, initialization, momentum, optimizer",
    "06_generalization": "augmentation, data leak, dropout, early stopping, generalization, overfitting, "
    "regularization, underfitting, weight decay",
    "07_cnn": "channel, convolution, convolutional network, feature map, kernel, max pooling, padding, stride",
    "08_language": "embedding, language model, perplexity, sampling, temperature, token",
    "09_recurrent": "GRU, hidden state, LSTM, recurrent network",
    "10_attention": "attention, key, query, value",
    "11_gpt": "GPT, layer normalization, positional encoding, residual connection, transformer",
}


@pytest.fixture(scope="module")
def entries():
    return [entry for path in glossary.fragments(ROOT) for entry in glossary.read_fragment(ROOT, path)]


@pytest.fixture(scope="module")
def headings():
    """The places that a link can lead to, by lecture."""
    return {path.name: places(path) for path in (ROOT / "lectures").glob("*.ipynb")}


def places(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return {glossary.anchor(title) for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def test_every_link_leads_to_a_heading(entries, headings):
    links = [(entry, *link) for entry in entries for link in glossary.LINK.findall(entry.text)]
    assert len(links) >= len(entries) > 40
    lost = [
        f"{entry.path.as_posix()}:{entry.line}: {entry.term}: {file}#{place}"
        for entry, file, place in links
        if unquote(place) not in headings.get(file, set())
    ]
    assert lost == []


def test_every_link_is_one_of_those(entries):
    """So that the test above sees every link, and each holds in work/ too, where lectures lie side by side as here."""
    for entry in entries:
        assert entry.text.count("](") == len(glossary.LINK.findall(entry.text)), f"{entry.path}:{entry.line}"


@pytest.mark.parametrize("stem", list(WANTED))
def test_what_a_beginner_meets_elsewhere_is_explained(stem, entries):
    if not (ROOT / "lectures" / f"{stem}.ipynb").exists():
        pytest.skip("this chapter is not written yet")
    there = {key_of(re.sub(r"\(.*", "", entry.term)) for entry in entries}  # "kernel (filter)" explains the kernel
    wanted = [term.strip() for term in WANTED[stem].split(",")]
    assert [term for term in wanted if key_of(term) not in there] == []


def key_of(term):
    return glossary.Entry(term, "", Path(), 1).key


def test_each_is_a_sentence(entries):
    for entry in entries:
        words = glossary.LINK.sub("]", entry.text).split("([")[0].strip()
        assert words.endswith("."), f"{entry.path}:{entry.line}: {entry.term}: ends without a full stop"
        assert len(words.split()) <= 45, f"{entry.path}:{entry.line}: {entry.term}: too long"


def test_it_is_in_alphabetical_order_and_links_to_the_notation():
    notebook = nbformat.read(ROOT / "lectures" / "glossary.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert {cell.cell_type for cell in notebook.cells} == {"markdown"}
    terms = [key_of(term) for term in re.findall(r"^- \*\*([^*]+)\*\*", text, re.MULTILINE)]
    assert terms == sorted(terms) and len(set(terms)) == len(terms) > 40
    assert "(00_start.ipynb#Notation)" in notebook.cells[0].source


def test_start_page_and_readme_link_to_it():
    assert "(glossary.ipynb)" in (ROOT / "source" / "lectures" / "00_start.md").read_text(encoding="utf-8")
    assert "(lectures/glossary.ipynb)" in (ROOT / "README.md").read_text(encoding="utf-8")


# How it is put together.

LINE = "- **Weight**: a number. ([chapter 1, The words](01_neuron.ipynb#The-words))"


@pytest.fixture
def write(tmp_path):
    folder = tmp_path / "source" / "glossary"
    folder.mkdir(parents=True)

    def write(**fragments):
        for name, text in fragments.items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_fragments_become_one_notebook(write):
    second = LINE.replace("Weight", "éa") + "\n\n" + LINE.replace("Weight", "bias").replace("number. (", "number.\n  (")
    root = write(a=LINE + "\n", b=second)
    assert chapters.sources(root) == [glossary.FOLDER]
    (target,) = chapters.targets(root, glossary.FOLDER)
    assert target.path.as_posix() == "lectures/glossary.ipynb" and not target.executed
    expected = [LINE.replace("Weight", term) for term in ("bias", "éa", "Weight")]
    assert [cell.source for cell in target.cells[1:]] == [
        f"## {letter}\n\n{line}" for letter, line in zip("BEW", expected, strict=True)
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Weight: a number.", "a.md:3: not an entry"),
        ("- **Weight**: a number.", "a.md:3: Weight: wants a link such as"),
        (LINE.replace("#The-words", ""), "a.md:3: Weight: wants a link such as"),
        (LINE.replace("Weight", "weight"), r"a.md:3: weight: explained at source/glossary/a.md:1 already"),
    ],
)
def test_mistakes_name_file_and_line(write, line, words):
    with pytest.raises(SourceError, match=re.escape(words) if "(" in words else words):
        glossary.read_glossary(write(a=f"{LINE}\n\n{line}\n"))


@pytest.mark.parametrize(
    ("heading", "place"),
    [("The words", "The-words"), ("`Value`, *built*", "Value,-built"), ("How sure? Very: 1", "How-sure?-Very:-1")],
)
def test_the_place_of_a_heading(heading, place):
    assert glossary.anchor(heading) == place
