"""The gate that a user would write in python with nothing but its standard library.

gate.py online URL REPOSITORY POLL_SECONDS SARIF JUNIT | gate.py offline RESULTS SARIF JUNIT | gate.py sarif FILE
"""
import http.client
import json
import os
import ssl
import sys
import time
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

LIMITS = {"critical": 0, "high": 0, "medium": 10}
LEVELS = {"critical": "error", "high": "error", "medium": "warning"}


def fetch(url, repository, wait):
    address = urlsplit(url)
    if address.scheme == "https":
        context = ssl.create_default_context(cafile=os.environ.get("BENCH_CA"))
        connection = http.client.HTTPSConnection(address.netloc, context=context)
    else:
        connection = http.client.HTTPConnection(address.netloc)
    head = {"Authorization": "Bearer " + os.environ["KOLEGA_TOKEN"], "Content-Type": "application/json"}

    def call(method, path, body=None):
        connection.request(method, f"/api/v1/repositories/{repository}/scans{path}", body, head)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status}")
        return json.loads(text)

    batch = call("POST", "", '{"scan_type":"semgrep_scan"}')["batch_id"]
    while True:
        status = call("GET", f"/{batch}/progress")["status"]
        if status in ("completed", "partial_failure", "failed"):
            break
        time.sleep(wait)
    if status != "completed":
        sys.exit(f"the scan ended {status}")
    return call("GET", f"/{batch}/results")["findings"]


def write_sarif(findings, path):
    rules = {}
    results = []
    for f in findings:
        index = rules.setdefault(f["check_id"], len(rules))
        results.append({
            "ruleId": f["check_id"], "ruleIndex": index, "level": LEVELS.get(f["severity"], "note"),
            "message": {"text": f["message"]},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": f["file_path"]}}}],
            "partialFingerprints": {"kolega/v1": f["fingerprint"]}})
    driver = {"name": "kolega", "rules": [{"id": rule} for rule in rules]}
    with open(path, "w") as out:
        json.dump({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}, out)


def write_junit(findings, path):
    with open(path, "w") as out:
        out.write(f'<testsuites><testsuite name="kolega" tests="{len(findings)}" failures="{len(findings)}">\n')
        for f in findings:
            message = f["message"]
            out.write(f'<testcase classname={quoteattr(f["file_path"])} name={quoteattr(f["check_id"])}>'
                      f'<failure type="{f["severity"]}" message={quoteattr(message)}>{escape(message)}'
                      '</failure></testcase>\n')
        out.write("</testsuite></testsuites>\n")


def judge(findings):
    counts = {}
    for f in findings:
        counts[f["severity"]] = counts.get(f["severity"], 0) + 1
    print(json.dumps(counts))
    return 1 if any(counts.get(name, 0) > most for name, most in LIMITS.items()) else 0


def main(mode, *words):
    if mode == "sarif":
        with open(words[0]) as file:
            runs = json.load(file)["runs"]
        errors = sum(r.get("level") == "error" for run in runs for r in run["results"])
        print(errors)
        return 1 if errors else 0
    if mode == "online":
        findings = fetch(words[0], words[1], float(words[2]))
    else:
        with open(words[0]) as file:
            findings = json.load(file)["findings"]
    write_sarif(findings, words[-2])
    write_junit(findings, words[-1])
    return judge(findings)


sys.exit(main(*sys.argv[1:]))
