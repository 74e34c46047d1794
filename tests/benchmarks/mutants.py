"""The guards that `mutations.py` takes out, each with the test that must fall."""

from typing import NamedTuple

__all__ = ["MUTANTS", "Mutant"]


class Mutant(NamedTuple):
    file: str
    text: str
    instead: str
    tests: str


DAMAGE, SQL = "tests/store/test_damage.py", "tests/store/test_sql.py"
ATOMIC, DISK, CUT = (
    "tests/records/test_atomic.py",
    "tests/records/test_faulty_disk.py",
    "tests/records/test_power_loss.py",
)
RECORDER, OUTPUT, PULL = "tests/records/test_recorder.py", "tests/cli/test_output.py", "tests/pull/test_pull.py"
SETTINGS, STRANGERS = "tests/test_settings.py", "tests/test_strangers_folders.py"
REGISTRY, TABLES = "tests/sources/test_registry.py", "tests/sources/tables/test_damaged_tables.py"
CLOUD, PROBE = "tests/sources/wandb/cloud/test_faults.py", "tests/sources/wandb/cloud/test_probe.py"

STATUSES, FILES = "tests/sources/kit/test_http_errors.py", "tests/sources/kit/test_files.py"
CLIENT = "tests/sources/wandb/cloud/test_client.py"

BOUNDARY, SOUND, BAD = "tests/records/test_boundary.py", "tests/sources/kit/test_sound.py", "tests/cli/test_bad_runs.py"
REDACT, SECRETS = "tests/records/test_redact.py", "tests/sources/test_secrets.py"
RESUMED, LONG_RECORD = "tests/sources/tables/test_resumed.py", "tests/sources/recorder/test_long.py"
PART = "tests/sources/wandb/test_part.py"
CORPUS = "tests/sources/test_corpus.py"
ASSEMBLE = "tests/sources/kit/test_assemble.py"
BOMBS, ESCAPE, CELLS = (
    "tests/sources/test_bombs.py",
    "tests/reporting/test_escape.py",
    "tests/records/test_no_formula.py",
)

MUTANTS = (
    # the store
    Mutant("store/manifest.py", "if _SUM in found:", "if False:", DAMAGE),
    Mutant("store/manifest.py", "key != _SUM}) == body", "key != _SUM}) != b''", DAMAGE),
    Mutant("store/manifest.py", "if sha256(body).hexdigest() != manifest", "if False and manifest", DAMAGE),
    Mutant("store/damage.py", "if place.read(FORMAT_FILE).strip() != FORMAT_TEXT:", "if False:", DAMAGE),
    Mutant("store/damage.py", "if not is_index(name, place.read(FOLDER, name)):", "if False:", DAMAGE),
    Mutant("store/damage.py", "[Damage(text) for text in gone_texts(place, current(place))]", "list[Damage]()", DAMAGE),
    Mutant("store/damage.py", "return None if is_superseded(place, version) else ", "return ", DAMAGE),
    Mutant(
        "store/index.py",
        "problems = {at: why for at, why in problems.items() if not is_superseded(place, at)}",
        "",
        DAMAGE,
    ),
    Mutant("store/store.py", "            note_damage(self.place, found)\n", "", DAMAGE),
    Mutant("store/store.py", "            clear_damage(self.place)\n", "", DAMAGE),
    Mutant("store/store.py", "            check_files(self.place, home, version)\n", "", DAMAGE),
    Mutant("store/store.py", "            store.put(at_absolute(run))", "            store.put(run)", PULL),
    Mutant("pull/workers.py", 'None if run.metadata.get("partial") else task.fingerprint', "task.fingerprint", PULL),
    Mutant("pull/pull.py", "if Version(o.home, o.version) not in damaged", "if True", DAMAGE),
    Mutant("inputs/sides.py", "(*settings_file.load().ignored, *troubles)", "()", DAMAGE),
    Mutant("store/sql.py", "explained = _EXPLAIN.match(sql)", "explained = None", SQL),
    Mutant("store/sql.py", 'if kinds not in ([["SELECT"]], [["EXPLAIN"], ["SELECT"]]):', "if False:", SQL),
    Mutant("store/sql.py", '    connection.execute("SET enable_external_access = false")\n', "", SQL),
    Mutant("store/sql.py", '    connection.execute("SET lock_configuration = true")\n', "", SQL),
    Mutant("store/sql.py", '        connection.execute("BEGIN TRANSACTION READ ONLY")', "        pass", SQL),
    # writing
    Mutant(
        "records/atomic.py",
        "            beside.replace(target)",
        "            target.write_bytes(beside.read_bytes())",
        CUT,
    ),
    Mutant("records/atomic.py", "        sync_folder(target.parent)\n", "", CUT),
    Mutant(
        "records/atomic.py",
        "            folder.mkdir(exist_ok=True)\n            sync_folder(folder.parent)",
        "            folder.mkdir(exist_ok=True)",
        CUT,
    ),
    Mutant("records/atomic.py", "        sync_folder(beside)\n", "", CUT),
    Mutant("records/atomic.py", "    if _is_stream(path):", "    if False:", ATOMIC),
    Mutant("records/atomic.py", "    return path.resolve() if path.is_symlink() else path", "    return path", ATOMIC),
    Mutant("records/atomic.py", "        _undo(staged, before, made)\n", "", ATOMIC),
    Mutant(
        "records/atomic.py",
        "        os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))",
        "        pass",
        ATOMIC,
    ),
    Mutant("cli/printing.py", "left = left[buffer.write(left) or 0 :]", "buffer.write(left); left = left[:0]", OUTPUT),
    Mutant("cli/printing.py", "        raise Exit(CUT) from None", "        raise Exit(0) from None", OUTPUT),
    Mutant("cli/printing.py", "        raise stdout_failed(error) from None", "        return", OUTPUT),
    Mutant("cli/store.py", "    if done.unwritten:", "    if False:", BAD),
    # the recorder
    Mutant("records/recorder.py", "if self._torn and self._ends_torn() else line", "if False else line", RECORDER),
    Mutant("records/recorder.py", "self._torn and self._ends_torn()", "self._torn", RECORDER),
    # strangers' folders
    Mutant(
        "settings.py",
        "if chosen.store != before.store and not _is_below(chosen.store, path.parent):",
        "if False:",
        SETTINGS,
    ),
    Mutant("settings.py", "store.resolve().is_relative_to(folder.resolve())", "store.is_relative_to(folder)", SETTINGS),
    Mutant("settings.py", "    if asking:", "    if False:", SETTINGS),
    Mutant("settings.py", "and before.aliases.get(n) != meant)", "and n not in before.aliases)", SETTINGS),
    Mutant("sources/kit/files.py", "    if leads_out(path):", "    if False:", STRANGERS),
    Mutant("sources/listing.py", "if entry.is_symlink() and leads_out(entry.path):", "if False:", STRANGERS),
    Mutant(
        "sources/listing.py", "if Path(entry.path).is_dir() or any(walk", "if entry.is_dir() or any(walk", STRANGERS
    ),
    Mutant("pull/workers.py", "    confine(map(Path, task.searched))\n", "", STRANGERS),
    Mutant("lab/arms.py", "folder = out / folder_name(label)", "folder = out / label", STRANGERS),
    # one bad run
    Mutant("records/boundary.py", "or type(error).__name__ == _PANIC", "", BOUNDARY),
    Mutant("records/boundary.py", "raise problem from error", "raise", BOUNDARY),
    Mutant("records/column_names.py", "return name + TAKEN_SUFFIX if name", "return name if name", SOUND),
    Mutant("records/column_names.py", 'if "\\0" in name:', "if False:", SOUND),
    Mutant(
        "sources/kit/sound.py",
        "return seconds / unit if abs(seconds / unit) < LATEST else None",
        "return seconds",
        SOUND,
    ),
    Mutant("sources/kit/sound.py", "        return TOO_DEEP\n", "        pass\n", SOUND),
    Mutant("sources/kit/sound.py", "        return math.inf if value > 0 else -math.inf\n", "        pass\n", SOUND),
    Mutant("sources/kit/sound.py", "> MOST_VALUES and sizes.shared]", "> MOST_VALUES and False]", SOUND),
    Mutant("sources/kit/assemble.py", "    info = sound_info(info)\n", "", SOUND),
    Mutant("sources/guarded.py", "        with boundary(self._of(path), self.hint):\n", "        if True:\n", REGISTRY),
    # bombs and size
    Mutant("records/budgets.py", "    if size > most:", "    if False:", BOMBS),
    Mutant("sources/wandb/log.py", ", most=HEAD)", ")", "tests/sources/wandb/test_log.py"),
    Mutant("records/budgets.py", "    if size > most_unfolded():", "    if False:", BOMBS),
    Mutant("records/budgets.py", "    if rows * columns > most:", "    if False:", BOMBS),
    Mutant("sources/tables/unpacked.py", "decompress(packed, self.piece)", "decompress(packed)", BOMBS),
    Mutant("sources/tables/content.py", "check_streamed(path, unfolded, size)", "pass", BOMBS),
    Mutant("sources/tables/in_pieces.py", "        check_unfolded(blocks.path, len(rest))\n", "", BOMBS),
    Mutant("sources/tables/content.py", "        check_unfolded(path, size)\n", "        pass\n", BOMBS),
    Mutant("sources/tables/from_parquet.py", "                _check_size(data)\n", "                pass\n", BOMBS),
    Mutant("records/config.py", "_size(loader.compose(text), {}) > MOST_VALUES", "False", BOMBS),
    Mutant("sources/tensorboard/framing.py", "                self.left -= length\n", "", BOMBS),
    Mutant("sources/tensorboard/framing.py", "and len(found) < most", "", BOMBS),
    Mutant("sources/tables/attempts.py", "    once = _once(frame)\n", "    once = frame\n", TABLES),
    Mutant("sources/tables/run.py", " else without_copied_block(table.frame)", " else Single(table.frame)", CORPUS),
    Mutant("sources/tables/attempts.py", 'or is_step_name(c.rpartition("/")[2])', "", CORPUS),
    Mutant("sources/huggingface/source.py", "        rows = _once(written)\n", "        rows = written\n", CORPUS),
    Mutant("sources/tables/resumed.py", "all(start.is_copied for start in found.starts)", "False", RESUMED),
    Mutant("sources/tables/resumed.py", "if any(_differ(", "if False and any(_differ(", RESUMED),
    Mutant(
        "sources/kit/attempts.py",
        "            for one in self._later.values():\n",
        "            for one in ():\n",
        "tests/sources/kit/test_attempts.py",
    ),
    Mutant("sources/recorder/run.py", "self._cleared is not None and row", "False and row", LONG_RECORD),
    Mutant(
        "sources/wandb/part.py", "len(rows.rebuilt) and not rows.rises", "False", "tests/sources/wandb/test_part.py"
    ),
    Mutant("sources/mlflow/sqlite_long.py", " and log.is_kept_twice()", "", "tests/sources/mlflow/test_long.py"),
    # secrets
    Mutant("records/redact.py", '        if "-----BEGIN" in text:', "        if False:", REDACT),
    Mutant("records/redact.py", '        if "://" in text:', "        if False:", REDACT),
    Mutant("records/redact.py", "and _NAMED.search(text.lower()):", "and False:", REDACT),
    Mutant("records/redact.py", """if text[0] == "-" or " -" in text or "set" in text:""", "if False:", REDACT),
    Mutant("records/redact.py", '        if "asic " in text:', "        if False:", REDACT),
    Mutant("records/redact.py", "for _ in range(_PASSES):", "for _ in range(0):", REDACT),
    Mutant("records/redact.py", "        if depth >= DEEPEST:", "        if False:", REDACT),
    Mutant("records/redact.py", 'name = item.lstrip("-") if is_flag else path', "name = path", REDACT),
    Mutant("records/redact.py", "own = named if key == ", "own = key if key == ", REDACT),
    Mutant("records/redact.py", "pattern.random and not looks_random(match[group])", "False", REDACT),
    Mutant("records/redact.py", "if not is_secret or _NO_SECRET.fullmatch(text):", "if not is_secret:", REDACT),
    Mutant(
        "sources/kit/assemble.py",
        "return rows if frame is rows.frame else replace(rows, frame=frame)",
        "return rows",
        SECRETS,
    ),
    Mutant(
        "sources/kit/assemble.py", "    warnings = redact(run.warnings)\n", "    warnings = run.warnings\n", ASSEMBLE
    ),
    Mutant("store/store.py", "        if are_secrets_shown():", "        if False:", SECRETS),
    # what people see
    Mutant("records/export.py", "if re.match(_FORMULA, text) and", "if False and", CELLS),
    Mutant("cli/printing.py", "no_formula(cell) if isinstance(cell, str) else", "cell if True else", CELLS),
    Mutant("cli/printing.py", 'lineterminator="\\r\\n"', 'lineterminator="\\n"', CELLS),
    Mutant(
        "records/export.py",
        "    worded = worded.rename({c: name for c in worded.columns if (name := no_formula(c)) != c})\n",
        "",
        CELLS,
    ),
    Mutant("reporting/gate_comment.py", 'found["sign"] + "\\u2060"', 'found["sign"]', "tests/reporting/test_gate.py"),
    Mutant(
        "records/export.py",
        "        *(_no_formulas(pl.col(c)) for c, t in frame.schema.items() if t == pl.String),\n",
        "",
        CELLS,
    ),
    Mutant("errors.py", "return text if text.isprintable() else", "return text if True else", "tests/test_errors.py"),
    Mutant("reporting/escape.py", "    if _ADDRESS.search(line):", "    if False:", ESCAPE),
    Mutant("cli/completion.py", "[\\w./:%+,][", "[\\w./:%+,-][", "tests/cli/test_completion.py"),
    # W&B's cloud
    Mutant("sources/wandb/cloud/probe.py", "    thread.join(seconds)", "    thread.join()", CLOUD),
    Mutant("sources/wandb/cloud/probe.py", "reply.read(LARGEST + 1)", "reply.read()", PROBE),
    Mutant(
        "sources/wandb/cloud/probe.py", "return guess(state) if after is None else after", "return guess(state)", CLOUD
    ),
    Mutant("sources/wandb/cloud/client.py", "    if status and (refused", "    if False and (refused", CLOUD),
    Mutant("sources/wandb/cloud/process.py", "        places |= dict.fromkeys", "        dict.fromkeys", CLOUD),
    # experiments
    Mutant("lab/jobs.py", "            children.stop()\n", "", "tests/lab/test_jobs.py"),
    Mutant("lab/jobs.py", "    if len(runs) > 1:", "    if False:", "tests/lab/test_jobs.py"),
    Mutant("cli/ablate.py", "        if path.resolve() in taken:", "        if False:", "tests/lab/test_ablate.py"),
    Mutant("cli/__init__.py", "safe_line(error.message)  #", "error.message  #", "tests/cli/test_main.py"),
    # guards that stood without a mutant
    Mutant(
        "sources/kit/http_errors.py", "mktime_tz(date) - time.time()", "0.0", "tests/sources/kit/test_http_errors.py"
    ),
    Mutant("sources/wandb/cloud/probe.py", "build_opener(_NoRedirect)", "build_opener()", PROBE),
    Mutant("sources/wandb/cloud/probe.py", 'and "@" not in parts.netloc', "", CLIENT),
    Mutant("sources/wandb/cloud/client.py", '.replace(key, "***")', "", CLIENT),
    Mutant("records/recorder.py", "if decode_line(tail) is None:", "if False:", RECORDER),
    Mutant("records/recorder.py", "int(head, 16) != zlib.crc32(body)", "False", RECORDER),
    Mutant("records/budgets.py", "    if size > most_streamed(packed):", "    if False:", BOMBS),
    Mutant(
        "sources/kit/files.py", "if not stat.S_ISREG(found.st_mode):", "if False:", "tests/sources/kit/test_files.py"
    ),
    Mutant("store/store.py", "        if written != FORMAT:", "        if False:", "tests/store/test_store.py"),
    Mutant("store/manifest.py", "    if home_of(run.id) != home:", "    if False:", "tests/store/test_store.py"),
    Mutant("cli/printing.py", "if sys.stdout.isatty() else text", "if False else text", "tests/cli/test_printing.py"),
    Mutant("cli/printing.py", "    return printable(redact(", "    return printable((", "tests/cli/test_printing.py"),
    Mutant("reporting/escape.py", '_STROKES.sub(r"\\1¦", clean(value)) or "(', '(clean(value)) or "(', ESCAPE),
    Mutant("reporting/escape.py", '_STROKES.sub(r"\\1¦", clean(value)) or " "', 'clean(value) or " "', ESCAPE),
    Mutant("records/redact.py", '        if "</" in text:', "        if False:", REDACT),
    Mutant("records/redact.py", "has_user = not value.keys().isdisjoint(_USERS)", "has_user = False", REDACT),
    Mutant("records/redact.py", "_is_pair(value) or _is_login(value, path)", "_is_pair(value)", REDACT),
    Mutant("records/redact.py", "pattern.scrambled and not is_scrambled(match[group])", "False", REDACT),
    Mutant("records/secret_keys.py", "and len(set(run)) >= _DIFFERENT", "", REDACT),
    Mutant("sources/kit/assemble.py", "    for name in _OF_PARTS:", "    for name in ():", ASSEMBLE),
    Mutant("sources/kit/assemble.py", "        return History(frame.rename(renamed), whole)", "        pass", ASSEMBLE),
    Mutant("records/column_names.py", "    while unique in taken:", "    while False:", ASSEMBLE),
)
