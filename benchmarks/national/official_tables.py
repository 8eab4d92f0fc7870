"""Time and memory of reading a Home Office open data table: a made ODS of the published layout, half a million rows.

`python official_tables.py [ROWS]`

Each reading is a process of its own: seconds of the clock and of the processor, and the most memory it held.
"""

import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
LABELS = {
    "financial_year": ["2020/21", "2021/22", "2022/23", "2023/24", "2024/25"],
    "financial_year_quarter": ["Q1", "Q2", "Q3", "Q4"],
    "police_force_area": ["Dorset", "Metropolitan Police", "Essex", "Kent", "British Transport Police"],
    "geocode": ["E23000039", "E23000001", "0"],
    "region": ["South West", "London", "0"],
    "legislation": ["PACE (S1) and associated legislation", "CJPOA (S60)"],
    "reason_for_search": ["Drugs", "Offensive weapons", "Stolen property", "Going equipped", "Other"],
    "outcome": ["Arrest", "No further action", "Community resolution", "Khat/Cannabis warning", "Other action"],
    "link": ["Linked", "Not linked", "Unknown"],
    "self_defined_ethnicity_group": ["White", "Black or Black British", "Asian or Asian British", "Not Stated"],
    "self_defined_ethnicity": ["British", "African", "Caribbean", "Pakistani", "Any other background"],
    "officer_defined_ethnicity": ["White", "Black", "Asian", "Mixed", "Other"],
    "ethnicity_combined": ["White", "Black", "Asian", "Mixed", "Other"],
    "sex": ["Male", "Female", "Unknown"],
    "age_group": ["Under 10", "10-17", "18-24", "25-29", "30 or over"],
}
READ = """
import json, resource, sys, time
from sas_analysis.reference.official.home_office import read_official
clock, processor = time.perf_counter(), time.process_time()
table = read_official(sys.argv[1])
print(json.dumps({"rows": len(table), "searches": int(table["searches"].sum()),
    "seconds": round(time.perf_counter() - clock, 1), "processor_s": round(time.process_time() - processor, 1),
    "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def cell(value) -> str:
    kind = f'"float" office:value="{value}"' if isinstance(value, int) else '"string"'
    return f"<table:table-cell office:value-type={kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def row(values) -> bytes:
    return f"<table:table-row>{''.join(map(cell, values))}</table:table-row>".encode()


def write(path: Path, rows: int) -> None:
    drawn = random.Random(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        with archive.open("content.xml", "w", force_zip64=True) as content:
            content.write(f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMESPACES}>'.encode())
            content.write(b'<office:body><office:spreadsheet><table:table table:name="open_data">')
            content.write(row([*LABELS, "number_of_searches"]))
            for _ in range(rows):
                content.write(row([*map(drawn.choice, LABELS.values()), drawn.randint(1, 30)]))
            content.write(b"</table:table></office:spreadsheet></office:body></office:document-content>")


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "open_data.ods"
        write(path, rows)
        told = subprocess.run([sys.executable, "-c", READ, path], check=True, capture_output=True, text=True).stdout
        print(json.dumps({"file_mb": round(path.stat().st_size / 1e6, 1)} | json.loads(told)))
