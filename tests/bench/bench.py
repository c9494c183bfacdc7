"""What the scripts of tests/bench share: the load server, measuring, medians, the machine's description."""
import glob
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = HERE / "peers"
BUILD = Path(os.environ.get("KOLEGA_BENCH_BUILD", ROOT / "build" / "release"))
GATE = os.environ.get("KOLEGA_GATE_UNDER_TEST", str(BUILD / "kolega-gate"))
SERVER = BUILD / "tests" / "bench" / "load_server"
MEASURE = BUILD / "tests" / "bench" / "measure"
REPOSITORY = "repo-000001"
# An interpreter itself, not a wrapper that chooses one: its start would be counted.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


def samples():
    """Real findings: those beside the checkout where present, else the file that the tests bring along."""
    files = sorted(glob.glob(str(ROOT.parent / "shared" / "corpus" / "kolega" / "*.json")))
    return files or [str(ROOT / "tests" / "data" / "kolega-vampi.json")]


def require_built():
    missing = [str(path) for path in (GATE, SERVER, MEASURE) if not os.path.exists(path)]
    if missing:
        sys.exit("not built: " + ", ".join(missing) + "\nhint: cmake --preset release && cmake --build --preset release")


def limit_program(folder):
    """Compiled here: Debian has no static simdjson, so it cannot be part of the release build."""
    out = Path(folder) / "limit"
    done = subprocess.run(["g++", "-std=c++20", "-O2", "-o", out, HERE / "limit.cpp", "-lsimdjson"],
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print("no limit program (libsimdjson-dev?): " + done.stderr.splitlines()[0], file=sys.stderr)
        return None
    return str(out)


class Server:
    def __init__(self, *options):
        command = [str(SERVER)]
        for file in samples():
            command += ["--sample", file]
        self.process = subprocess.Popen(command + [str(o) for o in options], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.address = self.url.split("//")[-1]
        if not self.url:
            sys.exit("the load server did not start")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def stats(self):
        """Only over plain HTTP. The request for the figures has a connection of its own, which is not counted."""
        with urllib.request.urlopen(self.url + "/__stats") as answer:
            stats = json.load(answer)
        stats["connections"] -= 1
        return stats

    def reset(self):
        with urllib.request.urlopen(self.url + "/__reset") as answer:
            answer.read()

    def stop(self):
        """Ends it and tells what it counted."""
        if self.process.poll() is not None:
            return {}
        self.process.terminate()
        return json.loads(self.process.communicate()[0].splitlines()[-1])


def save_results(folder, size):
    """What /results answers for so many findings, as a file."""
    path = folder / f"results-{size}.json"
    with Server("--findings", size) as server:
        scans = f"{server.url}/api/v1/repositories/{REPOSITORY}/scans"
        head = {"Authorization": "Bearer x"}
        begun = urllib.request.Request(scans, b'{"scan_type":"semgrep_scan"}', head)
        with urllib.request.urlopen(begun) as answer:
            batch = json.load(answer)["batch_id"]
        with urllib.request.urlopen(urllib.request.Request(f"{scans}/{batch}/results", headers=head)) as answer:
            with open(path, "wb") as out:
                shutil.copyfileobj(answer, out)
    return path


def environment(**more):
    """What a subject sees: no proxy and no CI of this machine."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**keep, "KOLEGA_TOKEN": "kcp_live_bench", "NO_PROXY": "127.0.0.1", **more}


def measure(command, env=None, cwd=None, output=subprocess.DEVNULL):
    """Wall s, CPU s with children, peak RSS in MB of the largest process, exit code."""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run([str(MEASURE), out.name] + [str(word) for word in command], env=env or environment(), cwd=cwd,
                       stdout=output, stderr=output, check=True)
        wall, cpu, rss, code = out.read().split()
    return {"wall": float(wall), "cpu": float(cpu), "rss": int(rss) / 1024, "code": int(code)}


def count_instructions(code, command, folder, env):
    """In user space, as valgrind counts them. Address space laid out at random moves the count a little, so it is off."""
    log = Path(folder) / "valgrind.log"
    words = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/cachegrind", f"--log-file={log}",
             *map(str, command)]
    if shutil.which("setarch"):
        words = ["setarch", "-R", *words]
    done = subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env)
    if done.returncode != code:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}, not {code}\n{done.stderr[:400]}")
    return int(re.search(r"I\s+refs:\s+([\d,]+)", log.read_text()).group(1).replace(",", ""))


def median(runs):
    """Of each figure by itself."""
    return {key: statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "rss")}


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def version_of(*command):
    if not shutil.which(command[0]):
        return "absent"
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    return out.splitlines()[0].strip()


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) // 1048576
    system = next((line.split("=")[1].strip().strip('"') for line in open("/etc/os-release")
                   if line.startswith("PRETTY_NAME")), "?")
    # Of curl only its own version: the rest of the line names what it is linked with.
    versions = [version_of(PYTHON, "--version"), "node " + version_of("node", "--version"),
                " ".join(version_of("curl", "--version").split()[:2]), version_of("jq", "--version")]
    linux = ".".join(platform.release().split(".")[:2])
    return (f"{model}, {os.cpu_count()} cores, {memory} GB; {system}, Linux {linux}; "
            + ", ".join(versions) + f"; {version_of(GATE, '--version')}; load average {os.getloadavg()[0]:.1f} at the start")
