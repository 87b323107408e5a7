"""Write what `benchmarks.search` measured as RESULTS.md."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.search import PACE

FILE = Path(__file__).with_name("RESULTS.md")
RAW = Path(__file__).with_name("results.json")
NOTES = Path(__file__).with_name("NOTES.md")
MIB = 1024 * 1024


def write(results: list[dict[str, Any]]) -> None:
    """Write the report; what was measured before of other sizes stays in it."""
    kept = json.loads(RAW.read_text()) if RAW.exists() else {}
    for result in results:
        kept[str(result["postings"])] = (
            kept.get(str(result["postings"]), {})
            | result
            | {"at": datetime.now(UTC).isoformat(timespec="minutes")}
        )
    RAW.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    sizes = [kept[size] for size in sorted(kept, key=int)]
    parts = [
        "# The search, measured\n\nWritten by `make benchmark`; `benchmarks/NOTES.md` is read by people."
    ]
    if NOTES.exists():
        parts.append(NOTES.read_text().strip())
    parts += [_growth(sizes[0], sizes[-1]), *map(_size, sizes)]
    FILE.write_text("\n\n".join(parts) + "\n")


def _growth(small: dict[str, Any], large: dict[str, Any]) -> str:
    """How much longer a page takes among more postings; one that the fewer have not, than their page 1."""
    rows = []
    for name, row in large["pages"].items():
        page_1 = small["pages"][f"{name.rpartition(',')[0]}, page 1"]
        line = [name]
        for kind, places in (("call", 1), ("given", 3)):
            before, after = page_1[kind]["p50"], row[kind]["p50"]
            line += [f"{before:.{places}f}", f"{after:.{places}f}", f"{after / before:.1f}"]
        rows.append(line)
    sizes = [f"{result['postings']:,}" for result in (small, large)]
    headings = [f"{what}, {size}" for what in ("call", "search") for size in (*sizes, "times")]
    return (
        f"## From {sizes[0]} to {sizes[1]} postings\n\n"
        "Milliseconds of the whole call, asked for the first time, and of the search alone, for a text that "
        "was read before; both with the exact total, medians. Page 2,000 is compared with page 1 of the "
        "fewer, which have none.\n\n" + _rows(["page", *headings], rows)
    )


def _size(result: dict[str, Any]) -> str:
    machine, totals = result["machine"], result["totals"]
    load = ", ".join(f"{value:.1f}" for value in machine["load"])
    return "\n\n".join(
        [
            f"## {result['postings']:,} postings",
            f"{machine['cores']} cores, {machine['memory'] / MIB / 1024:.0f} GiB, "
            f"Python {machine['python']}, PostgreSQL {machine['postgresql']}, {result['at']}. "
            "Load of the machine when it began "
            f"(1, 5, 15 minutes): {load}. A million additions in Python took {machine['loop']:.0f} ms.",
            f"**Totals.** {totals['combinations']:,} random combinations of filters against a count by brute "
            f"force of the same version, while another process wrote: {totals['wrong']} wrong.",
            "**One client**, milliseconds, p50 / p95 / p99. Calls go through the whole of JobSphere in one "
            "process: key, rate limit, search, JSON. *SQL* is the same statements through psycopg alone.",
            _latency(result["latency"]),
            "**The search alone**, milliseconds: 20 keys and the exact total from a worker's index, which "
            f"took {result['index']['seconds']:.0f} s to read and {result['index']['bytes'] / MIB:.0f} MiB. "
            "A call has the version of the listings with its key; other searches ask PostgreSQL for it. The "
            "first search for a text also reads it.",
            _rows(
                ["page", "first, version given", "again, version given", "again, asking for it"],
                [
                    [name, *(_took(row[kind], 3) for kind in ("first", "given", "asking"))]
                    for name, row in result["pages"].items()
                ],
            ),
            _tantivy(result),
            _throughput(result["throughput"]),
            _writing(result["writing"]),
            _sizes(result),
        ]
    )


def _latency(rows: dict[str, Any]) -> str:
    return _rows(
        [
            "query",
            "total",
            "first time",
            "its SQL",
            "again",
            "its SQL",
            "naive",
            "naive ÷ first",
            "naive ÷ again",
        ],
        [
            [
                name,
                f"{row['total']:,}",
                _took(row["first"]),
                f"{row['sql_first']['p50']:.1f}",
                _took(row["again"]),
                f"{row['sql_again']['p50']:.1f}",
                f"{row['naive']['p50']:.0f}" if "naive" in row else "",
                f"{row['naive']['p50'] / row['first']['p50']:.1f}" if "naive" in row else "",
                f"{row['naive']['p50'] / row['again']['p50']:.1f}" if "naive" in row else "",
            ]
            for name, row in rows.items()
        ],
    )


def _tantivy(result: dict[str, Any]) -> str:
    rows = []
    for name, row in result["tantivy"]["queries"].items():
        line = [name, f"{row['total']:,}", _took(row, 3), f"{row['our_total']:,}"]
        newest, ours = row["newest"], row["ours"]
        for took in (newest["first"], newest["given"], ours["first"], ours["given"], row["kept"]):
            line += [f"{took['p50']:.3f}", f"{took['p50'] / row['p50']:.1f}"]
        line.append(f"{result['latency'][name]['again']['p50'] / row['p50']:.1f}")
        rows.append(line)
    seconds = result["tantivy"]["build_seconds"]
    heading = (
        f"**tantivy in process**: keys of the newest 20 and the exact count, milliseconds; its index took "
        f"{seconds} s to build. It holds what was open then, and our search has the version of the listings "
        "given, as in a call. The first time our search reads the text, as tantivy does each time. By "
        "relevance is what is answered unless the newest are asked for. A query that repeats is answered "
        "with what was kept of it. Medians but for tantivy's."
    )
    kinds = ("newest, first", "newest, again", "by relevance, first", "by relevance, again", "kept answer")
    headings = ["query", "total", "milliseconds", "our total"]
    headings += [column for kind in kinds for column in (kind, "÷ it")]
    return f"{heading}\n\n" + _rows([*headings, "our whole call, again ÷ it"], rows)


def _throughput(rows: dict[str, Any]) -> str:
    table = []
    for name, by_clients in rows.items():
        if name == "worker_bytes":
            continue
        line = [name]
        for clients in ("1", "8", "32"):
            row = by_clients.get(clients)
            if not row:
                line.append("")
                continue
            took = f"{row['p50']:.0f} / {row['p95']:.0f}" if "p50" in row else ""
            line.append(f"{row['per_second']:,.0f} ({row['share']:.0%}), {took}")
        table.append(line)
    memory = rows["worker_bytes"] / MIB
    return (
        "**Through gunicorn**: calls a second (share of the constant bytes), p50 / p95 in milliseconds. "
        f"The largest worker then took {memory:.0f} MiB.\n\n"
        + _rows(["what is asked", "1 client", "8 clients", "32 clients"], table)
    )


def _writing(row: dict[str, Any]) -> str:
    if "alone" not in row:
        return ""  # measured before imports were
    table: list[list[str]] = []
    for kind, reader in row["reader_beside"].items():
        rates = [
            f"{row[where][kind]:,}" if kind in row[where] else "" for where in ("alone", "beside_a_reader")
        ]
        calls, share = f"{reader['per_second']:,.0f}", f"{reader['share']:.0%}"
        table.append([kind, *rates, calls, share, _took(reader)])
    table.append(
        ["saved one by one by the ORM, not searchable", f"{row['alone']['naive']:,}", "", "", "", ""]
    )
    loop = f" A million additions in Python then took {row['loop']:.0f} ms." if "loop" in row else ""
    heading = f"**Writing**: postings imported a second, and one reader (Zipf) beside it.{loop}\n\n"
    closed = heading + _rows(
        [
            "postings",
            "a second, alone",
            "a second, beside the reader",
            "the reader's calls a second",
            "of those without a writer",
            "its milliseconds",
        ],
        table,
    )
    if "paced" not in row:
        return closed  # measured before such a reader was
    table = [[kind, f"{beside['imported']:,}", _took(beside)] for kind, beside in row["paced"].items()]
    return (
        f"{closed}\n\n**Beside a reader who calls {PACE} times a second**, whose calls wait for each other: "
        "milliseconds from when each was to be made.\n\n"
        + _rows(["postings", "a second, beside the reader", "its milliseconds"], table)
    )


def _sizes(result: dict[str, Any]) -> str:
    seconds = result.get("built", {}).get("index_seconds", {})
    rows = [
        [name, f"{size / MIB:.1f}", f"{seconds[name]}" if name in seconds else ""]
        for name, size in sorted(result["machine"]["bytes"].items(), key=lambda item: -item[1])
    ]
    return "**Sizes and times to build**\n\n" + _rows(["table or index", "MiB", "seconds"], rows)


def _took(row: dict[str, float], places: int = 1) -> str:
    return " / ".join(f"{row[name]:.{places}f}" for name in ("p50", "p95", "p99"))


def _rows(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
