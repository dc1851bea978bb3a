"""The training loop, what it remembers and how it ends; evaluation; batches; weights on the disk."""

import io
import math
import subprocess
import sys
import tracemalloc
import warnings
import zipfile

import nbclient
import numpy as np
import pytest
from nbformat import v4

from groundup import functional as F
from groundup import nn, optim, train
from groundup.random import manual_seed
from groundup.tensor import Tensor, is_grad_enabled
from groundup.train import progress, storage


def blobs(n=240, seed=0):
    """Three clouds in the plane, x (n, 2) float32 and y (n,) int64."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    centres = np.array([[0, 2], [2, -1], [-2, -1]])
    return (centres[y] + 0.5 * rng.normal(size=(n, 2))).astype(np.float32), y


def network(seed=0):
    manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3))


def fit(model=None, data=None, *, lr=0.05, **options):
    model = network() if model is None else model
    options = {"loss_fn": F.cross_entropy, "epochs": 5, "batch_size": 32, "progress": False, **options}
    options.setdefault("optimizer", optim.Adam(model.parameters(), lr=lr))
    options.setdefault("rng", np.random.default_rng(1))
    return model, train.fit(model, blobs() if data is None else data, **options)


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


# Learning -----------------------------------------------------------------------------------------------------------


def test_fit_learns_and_remembers_how():
    model, history = fit(validation=blobs(seed=1))
    steps, epochs = history.steps, history.epochs
    assert epochs.loss[-1] < 0.2 < epochs.loss[0] and steps.loss[0] > 0.8
    assert epochs.accuracy[-1] > 0.95 and epochs.validation_accuracy[-1] > 0.95
    assert len(epochs.validation_loss) == len(epochs.lr) == 5
    assert len(steps.loss) == len(steps.accuracy) == len(steps.lr) == len(steps.seconds) == 5 * 8
    assert steps.seconds == sorted(steps.seconds) and epochs.seconds[-1] >= steps.seconds[-1]
    assert history.remark == "" and history.best_epoch is None
    last = train.evaluate(model, blobs(seed=1), F.cross_entropy)
    assert last.loss == pytest.approx(epochs.validation_loss[-1]) and last.accuracy == epochs.validation_accuracy[-1]


def test_an_epochs_mean_counts_examples_not_batches():
    x, y = blobs(50)
    _, history = fit(data=(x, y), lr=0.0, epochs=1, batch_size=32)
    assert len(history.steps.loss) == 2
    assert history.epochs.loss[0] == pytest.approx(train.evaluate(network(), (x, y), F.cross_entropy).loss, rel=1e-5)


def test_the_same_seed_gives_the_same_training():
    (one, first), (two, second), (_, third) = fit(), fit(), fit(rng=np.random.default_rng(2))
    assert first.steps.loss == second.steps.loss != third.steps.loss
    assert same(one.state_dict(), two.state_dict())


def test_without_a_generator_manual_seed_decides():
    losses = []
    for seed in (7, 7, 8):
        model = network()
        manual_seed(seed)
        losses.append(fit(model, rng=None)[1].steps.loss)
    assert losses[0] == losses[1] != losses[2]


def test_a_plain_loop_gives_the_same():
    """What fit does, written out."""
    model, rng, (x, y) = network(), np.random.default_rng(1), blobs()
    optimizer, losses = optim.SGD(model.parameters(), lr=0.1), []
    for _ in range(2):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            part = order[start : start + 32]
            loss = F.cross_entropy(model(Tensor(x[part])), Tensor(y[part]))
            model.zero_grad()
            loss.backward()
            optim.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            losses.append(loss.item())
    other = network()
    _, history = fit(other, optimizer=optim.SGD(other.parameters(), lr=0.1), epochs=2, clip=0.5)
    assert history.steps.loss == losses
    assert same(model.state_dict(), other.state_dict())


def test_any_function_with_tensors_can_be_fitted():
    """A straight line without any Module: y = 3x − 1."""
    w, b = Tensor([0.0], requires_grad=True), Tensor([0.0], requires_grad=True)
    x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    history = train.fit(
        lambda batch: batch * w + b,
        (x, 3 * x - 1),
        optimizer=optim.SGD([w, b], lr=0.3),
        loss_fn=F.mse_loss,
        epochs=40,
        batch_size=16,
        rng=np.random.default_rng(0),
        progress=False,
    )
    assert [w.item(), b.item()] == pytest.approx([3, -1], abs=1e-3)
    assert history.steps.accuracy == [] and history.epochs.accuracy == [], "a line is never right or wrong"


def test_data_may_be_a_function_that_draws_batches():
    x, y = blobs()
    seen = []

    def three(rng):
        for _ in range(3):
            part = rng.integers(0, len(x), 16)
            seen.append(part)
            yield x[part], y[part]

    _, history = fit(data=three, epochs=2, validation=lambda rng: [blobs(seed=1)])
    assert len(history.steps.loss) == len(seen) == 6
    assert len(history.epochs.validation_loss) == 2
    rng = np.random.default_rng(1)
    assert all(np.array_equal(part, rng.integers(0, len(x), 16)) for part in seen)


def test_schedules_go_by_epoch_or_by_step():
    for every, wanted in [("epoch", [1.0] * 8 + [0.5] * 8), ("step", [0.5**t for t in range(16)])]:
        model = network()
        optimizer = optim.SGD(model.parameters(), lr=1.0)
        schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        _, history = fit(model, optimizer=optimizer, scheduler=schedule, scheduler_every=every, epochs=2)
        assert history.steps.lr == wanted
        assert history.epochs.lr == [wanted[7], wanted[15]]


def test_a_metric_of_ones_own_or_none():
    _, history = fit(metric=lambda out, y: float(out.shape[0]), epochs=1, data=blobs(40), batch_size=32)
    assert history.steps.accuracy == [32.0, 8.0]
    _, history = fit(metric=None, epochs=1, validation=blobs())
    assert history.steps.accuracy == history.epochs.validation_accuracy == []


# Modes --------------------------------------------------------------------------------------------------------------


class Spy(nn.Module):
    """Writes down in which mode it was called, and whether a graph was made."""

    def __init__(self):
        super().__init__()
        self.inner, self.frozen = nn.Linear(2, 3), nn.Dropout(0.0)
        self.seen = []

    def forward(self, x):
        self.seen.append((self.training, self.inner.training, is_grad_enabled()))
        return self.inner(x)


def test_training_and_evaluation_have_their_modes_and_leave_no_trace():
    model = Spy()
    model.frozen.eval()
    fit(model, epochs=1, batch_size=120, validation=blobs(32))
    assert model.seen == [(True, True, True)] * 2 + [(False, False, False)]
    assert [model.training, model.inner.training, model.frozen.training] == [True, True, False]
    model.eval()
    fit(model, epochs=1)
    assert model.seen[-1] == (True, True, True) and not model.training


def test_the_mode_comes_back_when_the_model_breaks():
    model = Spy()
    model.inner = nn.Linear(5, 3)
    with pytest.raises(ValueError, match="5"):
        train.evaluate(model, blobs(), F.cross_entropy)
    assert model.training and is_grad_enabled()


# How it ends --------------------------------------------------------------------------------------------------------


def overfitting(patience=2, epochs=30):
    """Learns with a huge rate after a good start, so that the validation loss rises again."""
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1.0 if t < 3 else -1.0)  # climbs from epoch 4 on
    taken = []

    def watched(out, y):
        taken.append(model.state_dict())
        return 0.0

    _, history = fit(
        model,
        optimizer=optimizer,
        scheduler=schedule,
        validation=blobs(60, seed=3),
        patience=patience,
        epochs=epochs,
        metric=watched,
    )
    return model, history, taken


def test_early_stopping_restores_a_copy_of_the_best_weights():
    model, history, _ = overfitting()
    losses = history.epochs.validation_loss
    assert history.best_epoch == 1 + int(np.argmin(losses)) == 3
    assert len(losses) == 5, "two epochs of patience"
    assert history.remark == "stopped early: no lower validation loss in 2 epochs"
    now = train.evaluate(model, blobs(60, seed=3), F.cross_entropy).loss
    assert now == pytest.approx(losses[2], rel=1e-6) and now < losses[-1]


def test_patience_restores_the_best_also_when_it_never_ran_out():
    model, history, _ = overfitting(patience=50, epochs=6)
    assert len(history.epochs.loss) == 6 and history.best_epoch == 3 and history.remark == ""
    now = train.evaluate(model, blobs(60, seed=3), F.cross_entropy).loss
    assert now == pytest.approx(min(history.epochs.validation_loss), rel=1e-6)


def stopping(at):
    """A loss that is interrupted in its ``at``-th call, as the stop button does."""
    calls = []

    def loss(out, y):
        calls.append(1)
        if len(calls) == at:
            raise KeyboardInterrupt
        return F.cross_entropy(out, y)

    return loss


def test_interrupting_keeps_the_model_and_the_history(capsys):
    model, history = fit(loss_fn=stopping(13), epochs=10)
    assert history.remark == "interrupted in epoch 2: the model and the history are kept"
    assert history.remark in capsys.readouterr().out
    assert len(history.steps.loss) == 12 and len(history.epochs.loss) == 1
    _, whole = fit(epochs=10)
    assert history.steps.loss == whole.steps.loss[:12]
    assert not same(model.state_dict(), network().state_dict())
    assert model.training
    _, more = fit(model, epochs=2)
    assert more.epochs.loss[0] < history.epochs.loss[0], "it goes on from what was learnt"


def test_interrupting_before_anything_happened_is_calm():
    model, history = fit(loss_fn=stopping(1), patience=1, validation=blobs())
    assert history.steps.loss == [] and history.best_epoch is None
    assert same(model.state_dict(), network().state_dict())


def test_interrupting_with_patience_gives_the_best_weights():
    # 8 steps and one validation batch an epoch: call 9 is the first validation, call 15 is in epoch 2.
    model, history = fit(loss_fn=stopping(15), patience=5, validation=blobs(60, seed=3), epochs=9)
    assert history.best_epoch == 1
    now = train.evaluate(model, blobs(60, seed=3), F.cross_entropy).loss
    assert now == pytest.approx(history.epochs.validation_loss[0], rel=1e-6)


def test_a_loss_that_is_no_number_stops_with_advice_and_without_warnings():
    model = network()
    with warnings.catch_warnings(), pytest.raises(train.DivergedError) as caught:
        warnings.simplefilter("error")
        fit(model, optimizer=optim.SGD(model.parameters(), lr=1e30), epochs=50, loss_fn=lambda o, y: (o * o).mean())
    steps = len(caught.value.history.steps.loss)
    assert steps >= 1
    text = str(caught.value)
    assert f"in step {steps + 1} (epoch 1)" in text and "the one before was" in text
    assert "smaller learning rate (it is 1e+30)" in text and "detect_anomaly" in text
    assert isinstance(caught.value, FloatingPointError)


def test_nan_in_the_data_is_told_in_the_first_step():
    x, y = blobs()
    x[:] = np.nan
    before = network()
    with pytest.raises(train.DivergedError, match=r"loss is nan in step 1 \(epoch 1\); it was so from the first step"):
        fit(before, (x, y))
    assert same(before.state_dict(), network().state_dict()), "no step was made with it"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"epochs": 0}, ValueError, "epochs must be at least 1 and is 0"),
        ({"patience": 3}, ValueError, "validation data"),
        ({"patience": 0, "validation": blobs()}, ValueError, "at least 1"),
        ({"scheduler_every": "batch"}, ValueError, '"epoch" or "step" and is \'batch\''),
        ({"scheduler": 0.1}, TypeError, r"step\(\).*is float"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"data": blobs()[0]}, TypeError, "data must be .*ndarray"),
        ({"data": (blobs()[0], blobs()[1][:-1])}, ValueError, r"\(240, 2\), \(239,\)"),
        ({"data": 5}, TypeError, "data must be .*int"),
        ({"data": lambda rng: iter(())}, ValueError, "gave no batches"),
        ({"rng": 3}, TypeError, "np.random.Generator"),
    ],
)
def test_settings_without_sense_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        fit(**options)


# Accuracy, evaluate, batches ----------------------------------------------------------------------------------------


def test_accuracy_by_hand():
    scores = Tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 4.0]])
    assert train.accuracy(scores, np.array([1, 0, 0, 0])) == 0.75
    assert train.accuracy([0.3, -2.0, 4.0], [1, 1, 1]) == pytest.approx(2 / 3)
    assert train.accuracy(np.array([[0.3], [-2.0]]), np.array([[1.0], [0.0]])) == 1.0
    text = np.zeros((2, 5, 3))  # (N, C, places)
    text[:, 4] = 1
    assert train.accuracy(text, np.full((2, 3), 4)) == 1.0
    assert train.accuracy(text.transpose(0, 2, 1), np.full((2, 3), 4)) == 1.0
    with pytest.raises(ValueError, match=r"got \(4, 2\) and \(3,\)"):
        train.accuracy(scores, np.array([1, 0, 0]))


def test_evaluate_does_not_depend_on_the_batch_size():
    model = network()
    whole = train.evaluate(model, blobs(50), F.cross_entropy, batch_size=50)
    parts = train.evaluate(model, blobs(50), F.cross_entropy, batch_size=16)
    assert parts == pytest.approx(whole, rel=1e-5)
    assert train.evaluate(model, blobs(50), F.cross_entropy, metric=None).accuracy is None
    assert all(p.grad is None for p in model.parameters())


def test_batches_hold_every_example_once():
    x, y = np.arange(10)[:, None] * [1, 10], np.arange(10)
    parts = list(train.batches(x, y, 4, np.random.default_rng(0)))
    assert [len(b) for _, b in parts] == [4, 4, 2]
    order = np.concatenate([b.data for _, b in parts])
    assert sorted(order) == list(range(10)) and list(order) != list(range(10))
    assert all(np.array_equal(a.data, x[b.data]) for a, b in parts)
    assert [list(b.data) for _, b in train.batches(Tensor(x), y, 4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.mark.parametrize(("n", "sizes"), [(10, [4, 4]), (8, [4, 4]), (3, [])])
def test_a_smaller_last_batch_can_be_left_out(n, sizes):
    assert [len(b) for _, b in train.batches(np.zeros((n, 2)), np.zeros(n), 4, drop_last=True)] == sizes


@pytest.mark.parametrize("shuffled", [True, False])
def test_batches_keep_dtypes(shuffled):
    rng = np.random.default_rng(0) if shuffled else None
    a, b = next(train.batches(np.zeros((3, 2), np.uint8), np.zeros(3, np.int64), 2, rng))
    assert (a.dtype, b.dtype) == (np.uint8, np.int64)


def test_scattered_rows_are_copied_once_and_not_for_every_batch():
    x, y = np.arange(40_000.0).reshape(400, 100)[:, ::-1][:, np.arange(100)], np.arange(400)
    assert not x.flags.c_contiguous
    cut = train.batches(x, y, 4, np.random.default_rng(0))
    first, labels = next(cut)
    np.testing.assert_array_equal(first.data, x[labels.data])
    tracemalloc.start()
    next(cut)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < x.nbytes / 4


def test_batches_refuse_at_once_not_when_first_used():
    with pytest.raises(ValueError, match="no examples"):
        train.batches(np.zeros((0, 2)), np.zeros(0), 4)
    with pytest.raises(ValueError, match="one entry an example"):
        train.batches(np.zeros(3), np.array(1), 4)


# Weights on the disk ------------------------------------------------------------------------------------------------


class Anything:
    """A model with whatever weights."""

    def __init__(self, **weights):
        self.weights = weights

    def state_dict(self):
        return self.weights

    def load_state_dict(self, weights):
        self.weights = weights


def test_weights_come_back_to_the_last_bit(tmp_path):
    model, _ = fit(epochs=1)
    train.save(tmp_path / "w.npz", model)
    other = network(5)
    assert not same(other.state_dict(), model.state_dict())
    assert train.load(tmp_path / "w.npz", other) is other
    assert same(other.state_dict(), model.state_dict())


def test_names_shapes_and_dtypes_of_all_kinds(tmp_path):
    weights = {
        "file": np.arange(6.0).reshape(2, 3).T,
        "a.0.b": np.array(3),
        "": np.zeros((0, 4), np.float32),
        "half": np.array([True, False]),
        "tensor": Tensor([1.0, 2.0]),
    }
    train.save(tmp_path / "w.npz", Anything(**weights))
    back = train.load(tmp_path / "w.npz", Anything()).weights
    assert back.keys() == weights.keys()
    for name, array in weights.items():
        array = np.asarray(array.data if isinstance(array, Tensor) else array)
        assert back[name].dtype == array.dtype and back[name].shape == array.shape
        np.testing.assert_array_equal(back[name], array)


def test_numpy_reads_the_file_without_pickle_and_bytes_are_steady(tmp_path):
    for name in ("a.npz", "b.npz"):
        train.save(tmp_path / name, network())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}, "no day in it"
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert same(dict(stored), network().state_dict())


def test_objects_are_not_stored(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        train.save(tmp_path / "w.npz", Anything(bad=np.array([{}])))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [OSError("no space left on device"), KeyboardInterrupt()], ids=["disk", "stop"])
@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_a_crash_in_the_middle_leaves_the_old_file(tmp_path, monkeypatch, where, failure):
    path = tmp_path / "w.npz"
    train.save(path, network(1))
    old, calls = path.read_bytes(), []

    def fail(*args, **options):
        calls.append(args)
        if len(calls) < 3 and where == "write":  # the first two weights are written
            return write(*args, **options)
        raise failure

    write = np.lib.format.write_array
    with monkeypatch.context() as patch:
        target = {"write": "numpy.lib.format.write_array", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}
        patch.setattr(target[where], fail)
        with pytest.raises(type(failure)):
            train.save(path, network(2))
    assert calls, "the failure must have been met"
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"
    train.save(path, network(2))
    assert path.read_bytes() != old


def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "w.npz"
    train.save(path, network(1))
    old = path.read_bytes()
    code = (
        "import os, numpy as np\n"
        "from groundup import train\n"
        "class Model:\n"
        "    def state_dict(self): return {'a': np.ones(1000), 'b': np.ones(10)}\n"
        "write = np.lib.format.write_array\n"
        "def dies(file, array, **k):\n"
        "    if array.size == 10: os._exit(9)\n"
        "    write(file, array, **k)\n"
        "np.lib.format.write_array = dies\n"
        f"train.save({str(path)!r}, Model())\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 9
    assert path.read_bytes() == old


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


def stored(array, more=b""):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return zipped(a__npy=file.getvalue() + more)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        zipped(a__txt="hello"),
        zipped(a__npy="hello"),
        stored(np.array([{}], dtype=object)),
        stored(np.ones(3), b"x"),
    ],
    ids=["empty", "text", "other zip", "no array", "pickle", "too long"],
)
def test_a_foreign_file_is_named_with_the_remedy(tmp_path, content):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    model = network()
    with pytest.raises(train.WeightsError, match=r"w\.npz holds no weights.*save it again"):
        train.load(path, model)
    assert same(model.state_dict(), network().state_dict())


def test_a_cut_off_or_altered_file_is_refused_wherever_it_is_cut(tmp_path):
    path = tmp_path / "w.npz"
    train.save(path, network())
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(train.WeightsError):
            storage.read(path)
    middle = whole.index(network().state_dict()["0.weight"].tobytes()) + 5
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    with pytest.raises(train.WeightsError, match="CRC"):
        storage.read(path)


def test_weights_of_another_model_and_missing_files(tmp_path):
    train.save(tmp_path / "w.npz", nn.Linear(3, 2))
    with pytest.raises(ValueError, match=r"0\.weight"):
        train.load(tmp_path / "w.npz", network())
    with pytest.raises(FileNotFoundError, match=r"no file .*absent\.npz"):
        train.load(tmp_path / "absent.npz", network())
    with pytest.raises(FileNotFoundError, match="no folder"):
        train.save(tmp_path / "absent" / "w.npz", network())


# What is shown ------------------------------------------------------------------------------------------------------


def test_history_draws_itself():
    from matplotlib import pyplot as plt

    _, history = fit(epochs=3, validation=blobs(seed=1))
    axes = history.plot()
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2, 3]] * 2
    np.testing.assert_allclose(axes.lines[1].get_ydata(), history.epochs.validation_loss)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
    assert [text.get_text().strip() for text in axes.texts] == ["training", "validation"]
    assert history.plot("accuracy", by="step", ax=plt.figure().gca()).lines[0].get_xdata()[-1] == 24
    np.testing.assert_allclose(history.plot("lr").lines[0].get_ydata(), 0.05)
    with pytest.raises(ValueError, match="'speed'"):
        history.plot("speed")
    plt.close("all")


def test_history_of_an_interrupted_first_epoch_is_drawn_by_step():
    from matplotlib import pyplot as plt

    _, history = fit(loss_fn=stopping(4), metric=None)
    assert list(history.plot().lines[0].get_xdata()) == [1, 2, 3]
    with pytest.raises(ValueError, match="accuracy was not measured"):
        history.plot("accuracy")
    plt.close("all")


def test_importing_train_imports_no_matplotlib():
    code = "import sys, groundup.train; print('matplotlib' in sys.modules, 'IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]


def test_a_file_gets_one_line_without_times(capsys):
    fit(progress=True, validation=blobs(seed=1), epochs=2)
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1 and out.startswith("2 epochs, 16 steps · loss 0.")
    assert "validation accuracy" in out and " s" not in out.replace(" steps", "")
    fit(progress=False)
    assert capsys.readouterr() == ("", "")


def test_an_early_end_is_said(capsys):
    fit(progress=True, loss_fn=stopping(3))
    out = capsys.readouterr().out
    assert out == "0 epochs, 2 steps · interrupted in epoch 1: the model and the history are kept\n"


def test_a_terminal_gets_a_bar_that_is_drawn_over_itself(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    fit(progress=True, epochs=2)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and out.rstrip().endswith(" s")
    lines = out.rstrip("\n").split("\r")[1:]
    assert len(lines) == 17
    assert lines[3].startswith("|######..................| epoch 1 of 2 · loss ")
    assert "accuracy" in lines[3] and " s, about " in lines[3]
    assert lines[15].startswith("|" + 24 * "#")
    assert lines[16].startswith("2 epochs, 16 steps · loss ")
    assert [len(line) for line in lines] == sorted(len(line) for line in lines), "nothing of a longer line is left"


def test_lines_are_not_drawn_more_often_than_an_eye_can_follow(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "PAUSE", 1e9)
    fit(progress=True)
    assert len(capsys.readouterr().out.split("\r")) == 2


def test_a_stored_notebook_keeps_one_line_without_times(tmp_path):
    code = (
        "import numpy as np\n"
        "from groundup import nn, optim, train, functional as F\n"
        "from groundup.train import progress\n"
        "progress.PAUSE = 0.0\n"
        "model = nn.Linear(2, 2)\n"
        "history = train.fit(model, (np.ones((64, 2), np.float32), np.ones(64, np.int64)), batch_size=8, epochs=2,\n"
        "    optimizer=optim.SGD(model.parameters(), lr=0.1), loss_fn=F.cross_entropy, rng=np.random.default_rng(0))\n"
    )
    notebook = v4.new_notebook(cells=[v4.new_code_cell(code)])
    shown = []
    client = nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3")
    handle = client.process_message
    client.process_message = lambda message, *a: (shown.append(message), handle(message, *a))[1]
    client.execute()
    (output,) = notebook.cells[0].outputs
    assert list(output.data) == ["text/plain"]
    text = output.data["text/plain"]
    assert text.startswith("2 epochs, 16 steps · loss 0.") and " s" not in text.replace(" steps", "")
    updates = [m["content"]["data"] for m in shown if m["msg_type"] == "update_display_data"]
    assert (
        len(updates) == 17
        and "<progress value=" in updates[3]["text/html"]
        and "epoch 1 of 2" in updates[3]["text/html"]
    )
    assert not math.isnan(float(updates[3]["text/html"].split('value="')[1].split('"')[0]))
