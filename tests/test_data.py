"""The data files, their loaders, and the builder that makes them again."""

import collections
import importlib.util
import io
import itertools
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest

from groundup import data, paths

OTHERS = {"README.md", "build.py", "checksums.json", ".gitattributes"}  # what lies in data/ and is no data
LOADERS = {
    "mnist.npz": data.mnist,
    "fashion_mnist.npz": data.fashion_mnist,
    "names_2018.csv": data.names,
    "shakespeare.txt": data.shakespeare,
    "sunspots.csv": data.sunspots,
    "penguins.csv": data.penguins,
}


def checksums():
    return json.loads((paths.DATA / "checksums.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("data_build", paths.DATA / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A copy of the small data files and the list of checksums, where a test may do damage."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("checksums.json", "penguins.csv", "sunspots.csv"):
        shutil.copy(paths.DATA / name, folder / name)
    monkeypatch.setattr(paths, "DATA", folder)
    return folder


# ---- the folder ---------------------------------------------------------------------------------


def test_every_file_is_listed_and_every_listed_file_is_there():
    here = {path.name for path in paths.DATA.iterdir() if path.is_file()} - OTHERS
    assert here == set(checksums()) == set(LOADERS)


def test_the_files_are_as_listed_and_small_enough():
    assert all(ok for _, ok, _ in data.verify())
    sizes = {name: (paths.DATA / name).stat().st_size for name in checksums()}
    assert sizes == {name: entry["bytes"] for name, entry in checksums().items()}
    assert sum(sizes.values()) <= 32_000_000
    assert max(sizes.values()) < 15_000 * 1024


def test_every_file_says_whose_it_is():
    for name, entry in checksums().items():
        missing = [key for key in ("holds", "source", "licence", "credit") if not entry[key]]
        assert not missing, f"{name} lacks {missing}"


def test_nothing_is_kept_in_lfs_and_git_leaves_line_ends_alone():
    attributes = [path for path in (paths.ROOT / ".gitattributes", paths.DATA / ".gitattributes") if path.is_file()]
    assert not any("lfs" in path.read_text(encoding="utf-8").lower() for path in attributes)
    rules = (paths.DATA / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert {"*.csv -text", "*.txt -text", "*.npz binary"} <= set(rules)


def test_the_readme_holds_the_table_of_the_checksums(builder):
    readme = (paths.DATA / "README.md").read_text(encoding="utf-8")
    assert builder.readme_with_table(readme, checksums()) == readme
    assert all(entry["sha256"] in readme and f"{entry['bytes']:,}" in readme for entry in checksums().values())


def test_the_builder_and_the_checksums_agree_on_everything_but_the_bytes(builder):
    for name, dataset in builder.DATASETS.items():
        entry = checksums()[dataset.file]
        assert (entry["name"], entry["source"], entry["licence"]) == (name, dataset.source, dataset.licence)
    assert builder.checksums_text(checksums()) == (paths.DATA / "checksums.json").read_text(encoding="utf-8")


def test_no_file_needs_pickle():
    for name in ("mnist.npz", "fashion_mnist.npz"):
        with np.load(paths.DATA / name, allow_pickle=False) as archive:
            assert archive.files == ["train_x", "train_y", "test_x", "test_y"]
            assert {archive[key].dtype for key in archive.files} == {np.dtype(np.uint8)}


# ---- images -------------------------------------------------------------------------------------


def test_mnist_is_mnist():
    train, validation, test = data.mnist(dtype=np.uint8)
    assert (train.x.shape, validation.x.shape, test.x.shape) == ((55000, 28, 28), (5000, 28, 28), (10000, 28, 28))
    assert {part.x.dtype for part in (train, validation, test)} == {np.dtype(np.uint8)}
    assert {part.y.dtype for part in (train, validation, test)} == {np.dtype(np.int64)}
    assert train.y[:5].tolist() == [5, 0, 4, 1, 9]
    y = np.concatenate([train.y, validation.y])
    assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    x = np.concatenate([train.x, validation.x])
    assert (x.min(), x.max()) == (0, 255)
    assert x.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert x.std() / 255 == pytest.approx(0.3081, abs=5e-5)


def test_fashion_mnist_is_balanced_in_every_part():
    for part, n in zip(data.fashion_mnist(dtype=np.uint8), (22_500, 2_500, 5_000), strict=True):
        assert part.x.shape == (n, 28, 28)
        assert part.x.dtype == np.uint8
        assert part.y.dtype == np.int64
        assert np.bincount(part.y).tolist() == [n // 10] * 10
        # In file order, so that also a small piece from the front holds all classes.
        assert np.bincount(part.y[:200], minlength=10).min() >= 8


def test_fashion_mnist_looks_like_its_original():
    train, validation, _ = data.fashion_mnist()
    x = np.concatenate([train.x, validation.x])
    assert x.mean(dtype=np.float64) == pytest.approx(0.2860, abs=0.002)
    assert x.std(dtype=np.float64) == pytest.approx(0.3530, abs=0.002)
    assert train.y[:4].tolist() == [9, 0, 0, 3]
    assert len(data.FASHION_CLASSES) == 10
    # The one-pixel-wide columns at the sides are far emptier for trousers than for pullovers.
    side = x[:, :, :6].mean(axis=(1, 2))
    y = np.concatenate([train.y, validation.y])
    trouser, pullover = data.FASHION_CLASSES.index("Trouser"), data.FASHION_CLASSES.index("Pullover")
    assert side[y == trouser].mean() < side[y == pullover].mean() / 3


@pytest.mark.parametrize(
    ("loader", "dtype"),
    [(data.mnist, np.float32), (data.fashion_mnist, "float32"), (data.fashion_mnist, np.float64)],
)
def test_floats_are_the_bytes_over_255(loader, dtype):
    floats, raw = loader(dtype).test.x, loader(np.uint8).test.x
    assert floats.dtype == np.dtype(dtype)
    assert (floats.min(), floats.max()) == (0.0, 1.0)
    assert np.array_equal(np.rint(floats * 255), raw)


@pytest.mark.parametrize("dtype", [int, np.float16, "nonsense", object, 7])
def test_an_image_dtype_that_makes_no_sense_is_refused(dtype):
    with pytest.raises(ValueError, match=r"dtype must be .*uint8.*Try dtype=np\.float32"):
        data.fashion_mnist(dtype)


def test_mnist_holds_no_second_copy_of_itself():
    tracemalloc.start()
    try:
        kept = data.mnist()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    pixels = sum(part.x.nbytes for part in kept)
    assert now < 1.02 * pixels
    assert peak < 1.3 * pixels  # and, for a moment, the bytes they are made from


# ---- names --------------------------------------------------------------------------------------


def all_names():
    return list(itertools.chain.from_iterable(part.names for part in data.names()))


def test_names_are_distinct_within_and_between_the_splits():
    train, validation, test = data.names()
    assert [len(part.names) for part in (train, validation, test)] == [23_754, 2_969, 2_970]
    assert len(set(all_names())) == len(all_names()) == 29_693
    assert all(re.fullmatch("[a-z]{2,15}", name) for name in all_names())


def test_names_are_counted():
    train, *_ = parts = data.names()
    for part in parts:
        assert part.girls.dtype == part.boys.dtype == np.int64
        assert part.girls.shape == part.boys.shape == (len(part.names),)
    girls, boys = (np.concatenate([getattr(part, sex) for part in parts]) for sex in ("girls", "boys"))
    assert (girls.sum(), boys.sum()) == (1_700_424, 1_815_473)
    assert ((girls > 0).sum(), (boys > 0).sum()) == (18_148, 14_109)
    assert min(girls[girls > 0].min(), boys[boys > 0].min()) == 5
    where = all_names().index("emma")
    assert girls[where] == 18_818
    assert train.names[:3] == ["evander", "grady", "ayon"]  # the fixed order


def test_names_splits_are_alike():
    shares = [part.girls.astype(bool).mean() for part in data.names()]
    lengths = [np.mean([len(name) for name in part.names]) for part in data.names()]
    assert np.ptp(shares) < 0.03
    assert np.ptp(lengths) < 0.1


def test_names_have_the_known_surprise_per_character():
    """Counted on all names, the mark at each end counted as a character: 2.819 by unigrams, 2.454 nats by bigrams."""
    pairs = collections.Counter()
    for name in all_names():
        pairs.update(itertools.pairwise(f".{name}."))
    first, second = collections.Counter(), collections.Counter()
    for (a, b), n in pairs.items():
        first[a] += n
        second[b] += n
    total = sum(pairs.values())
    unigram = -sum(n * np.log(n / total) for n in second.values()) / total
    bigram = -sum(n * np.log(n / first[a]) for (a, _), n in pairs.items()) / total
    assert unigram == pytest.approx(2.819, abs=5e-4)
    assert bigram == pytest.approx(2.454, abs=5e-4)


def test_the_names_file_stands_in_order_of_count():
    rows = data._rows("names_2018.csv")
    keys = [(-int(row["girls"]) - int(row["boys"]), row["name"]) for row in rows]
    assert keys == sorted(keys)


# ---- Shakespeare --------------------------------------------------------------------------------


DIRECTION = re.compile(
    r"(Enter [A-Za-z]|Re-enter|Exit\b|Exeunt|Flourish|Alarums?\.|Sennet|(ACT|SCENE|Act|Scene) [IVX0-9]+\b)"
)


def test_shakespeare_is_cut_between_speeches():
    train, validation, test = data.shakespeare()
    text = (paths.DATA / "shakespeare.txt").read_bytes().decode("ascii")
    assert train + validation + test == text
    assert len(text) == 1_123_585
    assert len(train) / len(text) == pytest.approx(0.90, abs=0.002)
    assert len(validation) / len(text) == pytest.approx(0.05, abs=0.002)
    for part in (train, validation, test):
        assert re.match(r"[A-Z' -]+:\n", part)
    assert train.endswith("\n\n")
    assert validation.endswith("\n\n")
    assert test.endswith(".\n")


def test_shakespeare_uses_63_characters():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    assert "".join(sorted(set("".join(data.shakespeare())))) == "\n !\"',-.:;?" + letters


def test_shakespeare_is_speeches_and_nothing_else():
    speeches = "".join(data.shakespeare()).removesuffix("\n").split("\n\n")
    assert len(speeches) == 8_080
    for speech in speeches:
        speaker, *lines = speech.split("\n")
        assert re.fullmatch(r"[A-Z][A-Z' -]*[A-Z]:", speaker), speech
        assert lines, speech
        for line in lines:
            assert line == line.strip() != ""
            assert "  " not in line
            assert re.search("[A-Za-z]", line), speech
            assert not re.fullmatch(r"[A-Z][A-Z' -]+[.:]", line), f"a second speaker in {speech!r}"
            assert not DIRECTION.match(line), f"a stage direction or heading in {speech!r}"
            assert not re.match(r"[A-Z]{3,}\. ", line), f"a speaker before his words in {speech!r}"


def test_shakespeare_holds_no_front_matter():
    text = "".join(data.shakespeare())
    found = re.search("gutenberg|copyright|etext|dramatis|persons represented|by william|^the end$", text, re.I | re.M)
    assert found is None


def test_shakespeare_knows_its_lines():
    text = "".join(data.shakespeare())
    assert text.startswith("VALENTINE:\nCease to persuade, my loving Proteus:\n")
    for line in (
        "DUKE:\nIf music be the food of love, play on,\n",
        "Is this a dagger which I see before me,\n",
        "SHYLOCK:\n",
        "Friends, Romans, countrymen, lend me your ears;\n",
    ):
        assert line in text


# ---- sunspots and penguins ----------------------------------------------------------------------


def test_sunspots_miss_no_month():
    s = data.sunspots()
    assert [column.shape for column in s] == [(3126,)] * 4
    assert (s.year.dtype, s.month.dtype, s.count.dtype) == (np.int64, np.int64, np.float64)
    months = s.year * 12 + s.month - 1
    assert np.array_equal(months, np.arange(1749 * 12, 1749 * 12 + 3126))
    assert (s.count.min(), s.count.max()) == (0.0, 253.8)
    assert s.count[:3].tolist() == [58.0, 62.6, 70.0]
    assert s.count[-2:].tolist() == [2.9, 2.6]
    assert s.time[0] == pytest.approx(1749 + 1 / 24)
    assert np.allclose(np.diff(s.time), 1 / 12)


def test_sunspots_are_split_in_the_order_of_time():
    s = data.sunspots()
    parts = ["train", "validation", "test"]
    assert [int((s.split == part).sum()) for part in parts] == [2532, 300, 294]
    borders = [(s.year[s.split == part].min(), s.year[s.split == part].max()) for part in parts]
    assert borders == [(1749, 1959), (1960, 1984), (1985, 2009)]


def test_penguins_are_the_342_measured_ones():
    p = data.penguins()
    assert [column.shape for column in p] == [(342,)] * 9
    assert dict(collections.Counter(p.species.tolist())) == {"Adelie": 151, "Chinstrap": 68, "Gentoo": 123}
    assert dict(collections.Counter(p.sex.tolist())) == {"female": 165, "male": 168, "": 9}
    assert set(p.island) == {"Biscoe", "Dream", "Torgersen"}
    assert len(data._rows("penguins.csv")) == 344
    for column, low, high in (
        (p.bill_length, 32.1, 59.6),
        (p.bill_depth, 13.1, 21.5),
        (p.flipper_length, 172, 231),
        (p.body_mass, 2700, 6300),
    ):
        assert column.dtype == np.float64
        assert (column.min(), column.max()) == (low, high)
    assert p.year.dtype == np.int64
    assert set(p.year.tolist()) == {2007, 2008, 2009}
    assert p.bill_length[:4].tolist() == [39.1, 39.5, 40.3, 36.7]  # file order, the unmeasured fourth bird left out


def test_penguins_are_split_by_species():
    p = data.penguins()
    shares = {"train": 0.6, "validation": 0.2, "test": 0.2}
    for (species, split), n in collections.Counter(zip(p.species.tolist(), p.split.tolist(), strict=True)).items():
        assert abs(n - shares[split] * (p.species == species).sum()) <= 1
    assert [int((p.split == part).sum()) for part in shares] == [206, 67, 69]


# ---- the loaders' promises ----------------------------------------------------------------------


@pytest.mark.parametrize("loader", [lambda: data.mnist(np.uint8), data.fashion_mnist])
def test_writing_into_images_does_not_reach_the_next_call(loader):
    first = loader()
    before = [(part.x[:50].copy(), part.y.copy()) for part in first]
    for part in first:
        part.x[:] = 1
        part.y[:] = 3
    for part, (x, y) in zip(loader(), before, strict=True):
        assert np.array_equal(part.x[:50], x)
        assert np.array_equal(part.y, y)


def test_writing_into_one_split_does_not_reach_another():
    train, validation, test = data.fashion_mnist(np.uint8)
    before = validation.x.copy(), test.x.copy()
    train.x[:] = 7
    assert np.array_equal(validation.x, before[0])
    assert np.array_equal(test.x, before[1])


@pytest.mark.parametrize("loader", [data.penguins, data.sunspots])
def test_writing_into_a_table_does_not_reach_the_next_call(loader):
    first = loader()
    before = [column.copy() for column in first]
    for column in first:
        column[:] = column[-1]
    assert all(np.array_equal(column, old) for column, old in zip(loader(), before, strict=True))


def test_writing_into_names_does_not_reach_the_next_call():
    first = data.names().train
    first.names.clear()
    first.girls[:] = 0
    second = data.names().train
    assert len(second.names) == 23_754
    assert second.girls.sum() > 0


@pytest.mark.parametrize("loader", LOADERS.values())
def test_loaders_tell_their_shapes_and_their_source(loader):
    words = loader.__doc__
    assert "Raises" in words
    assert "DataError" in words
    assert re.search(r"CC|MIT|ublic domain", words)
    assert re.search(r"train\b.*validation\b.*test\b", words, re.DOTALL)


def test_a_file_is_verified_once_and_again_when_it_changes(small, monkeypatch):
    read = []
    problem = data._problem
    monkeypatch.setattr(data, "_problem", lambda *args: read.append(1) or problem(*args))
    data.penguins()
    data.penguins()
    assert len(read) == 1
    stamp = (small / "penguins.csv").stat()
    os.utime(small / "penguins.csv", ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 5_000_000_000))
    data.penguins()
    assert len(read) == 2


# ---- damaged files ------------------------------------------------------------------------------


def cut(content):
    return content[:4000]


def altered(content):
    return content.replace(b"39.1", b"93.1", 1)


def pointer(content):
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 15241\n"


def windows(content):
    return content.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut, r"is cut off or altered: 4,000 of 15,241 bytes are there"),
        (altered, r"was altered: its sha256 is not"),
        (pointer, r"Git LFS pointer"),
        (windows, r"was altered"),
        (lambda content: b"", r"0 of 15,241 bytes"),
    ],
)
def test_a_damaged_file_is_named_with_its_remedy(small, damage, words):
    data.penguins()  # verified before the damage was done
    path = small / "penguins.csv"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(data.DataError, match=words) as caught:
        data.penguins()
    message = str(caught.value)
    assert message.startswith("data/penguins.csv ")
    assert "`git restore data/penguins.csv`" in message
    assert "`python data/build.py --only penguins`" in message
    assert caught.value.file == "penguins.csv"
    assert caught.value.remedy in message
    data.sunspots()  # the others still load


def test_a_missing_file_is_named_with_its_remedy(small):
    (small / "sunspots.csv").unlink()
    with pytest.raises(data.DataError, match=r"^data/sunspots\.csv is missing\..*git restore data/sunspots\.csv"):
        data.sunspots()
    with pytest.raises(data.DataError, match=r"^data/mnist\.npz is missing\.") as caught:
        data.mnist()
    assert "--only mnist`" in str(caught.value)


def test_a_folder_in_a_files_place_is_an_error_too(small):
    (small / "penguins.csv").unlink()
    (small / "penguins.csv").mkdir()
    with pytest.raises(data.DataError, match=r"^data/penguins\.csv cannot be read"):
        data.penguins()


def test_a_file_without_checksum_is_refused(small):
    entries = checksums()
    del entries["penguins.csv"]
    (small / "checksums.json").write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(data.DataError, match=r"penguins\.csv is not listed in checksums\.json.*Listed are:.*sunspots"):
        data.penguins()


@pytest.mark.parametrize("content", [None, "{", ""])
def test_an_unreadable_list_of_checksums_is_an_error(small, content):
    if content is None:
        (small / "checksums.json").unlink()
    else:
        (small / "checksums.json").write_text(content, encoding="utf-8")
    with pytest.raises(data.DataError, match=r"^data/checksums\.json cannot be read.*git restore data/checksums\.json"):
        data.penguins()
    assert [(name, ok) for name, ok, _ in data.verify()] == [("checksums.json", False)]


def test_verify_tells_good_from_bad_and_raises_nothing(small):
    (small / "sunspots.csv").write_bytes(b"year,month,count\n")
    verdicts = {name: (ok, message) for name, ok, message in data.verify()}
    assert set(verdicts) == set(checksums())
    assert verdicts["penguins.csv"] == (True, "15,241 bytes, sha256 as listed")
    assert not verdicts["sunspots.csv"][0]
    assert "git restore data/sunspots.csv" in verdicts["sunspots.csv"][1]
    assert "is missing" in verdicts["mnist.npz"][1]


def test_another_checkout_can_be_named_by_the_environment(small):
    command = [sys.executable, "-c", "from groundup import data; print(len(data.penguins().species)); data.mnist()"]
    there = {**os.environ, "GROUNDUP_ROOT": str(small.parent)}
    done = subprocess.run(command, env=there, capture_output=True, text=True, cwd=small.parent)
    assert done.stdout.strip() == "342"
    assert done.returncode == 1
    assert "DataError: data/mnist.npz is missing." in done.stderr


# ---- the builder --------------------------------------------------------------------------------


def idx(shape, values):
    return struct.pack(f">HBB{len(shape)}i", 0, 8, len(shape), *shape) + bytes(values)


def test_idx_is_read_row_by_row(builder):
    array = builder.parse_idx(idx((2, 1, 3), range(6)))
    assert array.dtype == np.uint8
    assert array.tolist() == [[[0, 1, 2]], [[3, 4, 5]]]
    assert builder.parse_idx(idx((3,), [7, 8, 9])).tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (idx((2, 3), range(5)), r"promises shape \(2, 3\), but 5 values"),
        (idx((2, 3), range(7)), r"but 7 values"),
        (b"\x00\x00\x0d\x01" + bytes(8), "00 00 0d"),
    ],
)
def test_a_wrong_idx_is_refused(builder, content, words):
    with pytest.raises(builder.BuildError, match=words):
        builder.parse_idx(content)


def test_npz_gives_the_same_bytes_and_the_same_arrays(builder):
    arrays = {"a": np.arange(12, dtype=np.uint8).reshape(3, 4), "b": np.zeros(5, np.uint8)}
    content = builder.npz(**arrays)
    assert content == builder.npz(**arrays)
    with np.load(io.BytesIO(content), allow_pickle=False) as back:
        assert back.files == ["a", "b"]
        assert np.array_equal(back["a"], arrays["a"])
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(content)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_npz_of_another_compression_counts_as_the_same(builder):
    array = np.arange(200, dtype=np.uint8)
    other, changed = io.BytesIO(), io.BytesIO()
    np.savez(other, a=array)
    np.savez(changed, a=array[::-1])
    assert builder.same_contents("x.npz", builder.npz(a=array), other.getvalue())
    assert not builder.same_contents("x.npz", builder.npz(a=array), changed.getvalue())
    assert not builder.same_contents("x.csv", b"a", b"b")


def test_rank_in_class_counts_those_before(builder):
    assert builder.rank_in_class(np.array([5, 1, 5, 5, 1, 0])).tolist() == [0, 0, 1, 2, 1, 0]


def test_names_are_joined_over_the_sexes_and_sorted(builder):
    rows = [("kim", "F", 5), ("ada", "F", 9), ("kim", "M", 4), ("bo", "M", 7)]
    assert builder.count_names(rows) == [("ada", 9, 0), ("kim", 5, 4), ("bo", 0, 7)]
    for bad in (("José", "M", 5), ("Kim", "M", 5), ("kim", "X", 5)):
        with pytest.raises(builder.BuildError):
            builder.count_names([bad])


TABLE = (
    "MONTHLY\n=====\nYear Jan Feb\n----\n1749 "
    + " ".join(f"{m}.0" for m in range(1, 13))
    + "\n\n1750 0.5 7.0\n----\nNo\n"
)


def test_sunspots_are_read_from_the_years_lines(builder):
    rows = builder.parse_sunspots(TABLE)
    assert rows[:2] == [(1749, 1, "1.0"), (1749, 2, "2.0")]
    assert rows[-2:] == [(1750, 1, "0.5"), (1750, 2, "7.0")]
    assert len(rows) == 14


def test_a_missing_month_or_count_of_sunspots_is_noticed(builder):
    with pytest.raises(builder.BuildError, match="a month is missing"):
        builder.parse_sunspots(TABLE.replace("1750", "1751"))
    with pytest.raises(builder.BuildError, match="1750-2 is '-99'"):
        builder.parse_sunspots(TABLE.replace("7.0\n-", "-99\n-"))


PLAY = """THE PLAY

by Somebody

PERSONS REPRESENTED

ANNA, a Lady.
SCENE: Somewhere.

ACT I.

SCENE I. A room. Thunder
and lightning.

[Enter Anna and
Bob, with drums.]

ANNA.
[Aside.] So  foul [within] , and fair
   a day.

[Exit.]

BOB. I come anon.

Stay; who's there?

SONG
  Sing willow.

FIRST LORD.
[Reads.]

BOB.
Act well.--Who goes?
Scene after scene.

[Exeunt.]

THE END"""


def test_a_play_becomes_speeches(builder):
    assert builder.play_text("none", PLAY.replace("BOB. I", "BOB.\nI", 1)) == (
        "ANNA:\nSo foul, and fair\na day.\n\n"
        "BOB:\nI come anon.\nStay; who's there?\nSing willow.\n\n"
        "BOB:\nAct well.--Who goes?\nScene after scene.\n\n"
    )


def test_words_behind_a_speakers_name_are_his(builder):
    assert "BOB:\nI come anon.\nStay" in builder.play_text("none", PLAY)


@pytest.mark.parametrize("bad", ["one [Exit.", "two Exit.]", "three {Exit.]", "[four [Exit.]"])
def test_a_bracket_without_partner_is_noticed(builder, bad):
    with pytest.raises(builder.BuildError, match="no partner"):
        builder.remove_directions(bad)


def test_a_play_without_acts_and_a_missing_slip_are_noticed(builder):
    with pytest.raises(builder.BuildError, match="where does the play begin"):
        builder.after_front_matter("ANNA.\nActually, no scene.\n")
    with pytest.raises(builder.BuildError, match="another edition"):
        builder.mend("twelfth_night", "Or I am mad, or else")
    assert builder.mend("twelfth_night", "Or I am mad/ or else") == "Or I am mad, or else"


def ar(*members):
    out = b"!<arch>\n"
    for name, content in members:
        out += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
            + content
            + b"\n" * (len(content) % 2)
        )
    return out


def test_the_data_inside_a_deb_is_found(builder):
    assert builder.deb_archive(ar(("debian-binary", b"2.0"), ("data.tar.xz", b"inside"))) == b"inside"
    with pytest.raises(builder.BuildError, match=r"no data\.tar"):
        builder.deb_archive(ar(("debian-binary", b"2.0\n")))
    with pytest.raises(builder.BuildError, match=r"no \.deb"):
        builder.deb_archive(b"PK")


def test_an_original_that_is_not_the_original_is_refused(builder, tmp_path):
    with zipfile.ZipFile(tmp_path / "some-1.0.whl", "w") as wheel:
        wheel.writestr("a.csv", "a,b\n")
    package = builder.Package(builder.fetch_wheel, "some==1.0", "some-1.0*.whl")
    right = builder.sha256(b"a,b\n")
    assert builder.originals(package, {"a.csv": right}, tmp_path) == [b"a,b\n"]
    with pytest.raises(builder.BuildError, match=r"Not the original: a\.csv of some==1\.0"):
        builder.originals(package, {"a.csv": "0" * 64}, tmp_path)


def test_a_program_that_is_not_there_comes_with_a_remedy(builder):
    with pytest.raises(builder.BuildError, match=r"no-such-program is needed and was not found\. Install it\."):
        builder.program("no-such-program", "Install it.")


def test_a_readme_without_marks_is_an_error(builder):
    with pytest.raises(builder.BuildError, match="files:begin"):
        builder.readme_with_table("nothing", checksums())


def test_the_builder_names_no_registry():
    text = (paths.DATA / "build.py").read_text(encoding="utf-8")
    assert not re.search(r"https?:|npmjs|pypi\.|files\.python|debian\.org|index-url|registry", text, re.IGNORECASE)
