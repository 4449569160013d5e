from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.models import KaplanMeierByTerms, Scorecard, load_classifier, load_model, save_model
from arseg.schema import DataError


@pytest.fixture(name="folder")
def _folder(tmp_path) -> Path:
    X = pd.DataFrame({"days_past_due": [0, 5], "terms_days": 30, "key_day": 20000})
    y = pd.DataFrame({"event": [1, 0], "duration": [3, 9]})
    save_model(KaplanMeierByTerms(shrinkage=9.0).fit(X, y), tmp_path / "model")
    return tmp_path / "model"


def rewrite(folder, content) -> None:
    """Change the model and its manifest alike, as only an author of both could."""
    (folder / "model.json").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["model.json"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_saved_model_is_loaded(folder) -> None:
    assert repr(load_model(folder)) == "KaplanMeierByTerms(shrinkage=9.0)"


def test_the_manifest_names_the_hash(folder) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    content = (folder / "model.json").read_bytes()
    wanted = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert manifest == {"format": 1, "model": "KaplanMeierByTerms", "files": {"model.json": wanted}}


def test_saving_again_gives_the_same_bytes(folder, tmp_path) -> None:
    save_model(load_model(folder), tmp_path / "again")
    for name in ("model.json", "manifest.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_changed_byte_is_refused(folder) -> None:
    text = (folder / "model.json").read_text()
    (folder / "model.json").write_text(text.replace("9.0", "8.0"))
    with pytest.raises(DataError, match=r"model.json is not the file of the manifest"):
        load_model(folder)


@pytest.mark.parametrize("name", ["model.json", "manifest.json"])
def test_a_missing_file_is_refused(folder, name) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"there is no {name}"):
        load_model(folder)


def test_a_manifest_that_lists_another_file_is_refused(folder) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["model.pkl"] = {"sha256": "0", "bytes": 0}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="does not list exactly one JSON model"):
        load_model(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04\x95", "model.json is not JSON"),
        (b"[1]", "model.json is not a JSON object"),
        (b'{"model": "Oracle"}', r"no model has that name. Given: Oracle"),
        (b'{"model": "KaplanMeierByTerms"}', "of another kind"),
        (b'{"model": "KaplanMeierByTerms", "parameters": {}, "state": {}}', "the stored model is incomplete"),
    ],
)
def test_what_is_not_a_model_is_refused(folder, content, message) -> None:
    rewrite(folder, content)
    with pytest.raises(DataError, match=message):
        load_model(folder)


def test_a_manifest_that_is_not_json_is_refused(folder) -> None:
    (folder / "manifest.json").write_text("{")
    with pytest.raises(DataError, match=r"manifest.json is not JSON"):
        load_model(folder)


def test_a_classifier_is_stored_like_a_model_and_is_none(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame({"late": random.normal(size=400), "size": random.normal(size=400)})
    y = pd.Series(random.random(400) < 1 / (1 + np.exp(-2 * X["late"])))
    card = Scorecard().fit(X, y)
    save_model(card, tmp_path)
    assert (load_classifier(tmp_path).predict_probability(X) == card.predict_probability(X)).all()
    with pytest.raises(DataError, match=r"no model has that name\. Given: Scorecard"):
        load_model(tmp_path)
