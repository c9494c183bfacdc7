#!/usr/bin/env python3
"""The bill of materials (CycloneDX 1.6) and the third-party notices of a statically linked program.

Nothing is listed by hand: archives and start files come from the linker's map, header-only parts from the headers that
the compiler read (ninja's log), and dpkg says which package each file belongs to. A file that no package owns, or a
package whose licence is not in the table below, is an error: a new dependency is a decision.
"""
import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse
import uuid

# Source package of Debian -> SPDX expression of the parts that get into the program.
LICENCES = {
    'boost1.81': 'BSL-1.0',
    'c-ares': 'MIT',
    'cli11': 'BSD-3-Clause',
    'gcc-12': 'GPL-3.0-or-later WITH GCC-exception-3.1',
    'glibc': 'LGPL-2.1-or-later',
    'linux': 'GPL-2.0-only WITH Linux-syscall-note',
    'openssl': 'Apache-2.0',
    'sqlite3': 'blessing',
    'tomlplusplus': 'MIT',
    'yaml-cpp': 'MIT',
    'zlib': 'Zlib',
}
REPOSITORY = 'https://github.com/kolega-ai/kolega-gate'


def fail(message):
    sys.exit(f'bill.py: {message}')


def output(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        fail(f'{command[0]} {command[1]} failed: {result.stderr.strip()[:2000]}')
    return result.stdout


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def linked_files(path):
    """Archives of which a member was taken, and the object files of the system."""
    files = set()
    with open(path, encoding='utf-8', errors='replace') as lines:
        for line in lines:
            member = re.match(r'(/\S+\.a)\(\S+\)', line)
            start = re.match(r'LOAD (/usr/\S+\.o)$', line)
            if member or start:
                files.add(os.path.normpath((member or start).group(1)))
    if not files:
        fail(f'{path} names no archive: was the program linked with -Wl,-Map?')
    return files


def compiled_headers(build):
    """Headers outside the project that the program's own sources include, directly or not."""
    headers = set()
    target = ''
    for line in output('ninja', '-C', build, '-t', 'deps').splitlines():
        if line and not line.startswith(' '):
            target = line.split(':')[0]
        elif line.startswith('    /usr/') and target.startswith('src/'):
            headers.add(os.path.normpath(line.strip()))
    if not headers:
        fail(f'ninja knows no header of {build}: build it first')
    return headers


def packages_of(files):
    """Debian package -> its files among these."""
    owners = {}
    names = sorted(files)
    for begin in range(0, len(names), 500):
        for line in output('dpkg', '-S', *names[begin:begin + 500]).splitlines():
            package, _, path = line.partition(': ')
            if path in files and not package.startswith('diversion'):
                owners.setdefault(package.split(',')[0].split(':')[0], set()).add(path)
    missing = files - set().union(*owners.values())
    if missing:
        fail(f'no package owns {sorted(missing)[0]}')
    return owners


def facts_of(package):
    fields = '${source:Package}\\n${Version}\\n${Architecture}\\n${Homepage}\\n'
    source, version, architecture, homepage = output('dpkg-query', '-W', f'-f={fields}', package).split('\n')[:4]
    if source not in LICENCES:
        fail(f'the licence of {source} (package {package}) is not known here: look, then add it to LICENCES')
    return {'source': source, 'version': version, 'architecture': architecture, 'homepage': homepage}


def distribution():
    with open('/etc/os-release', encoding='utf-8') as lines:
        fields = dict(line.rstrip('\n').replace('"', '').split('=', 1) for line in lines if '=' in line)
    return fields['ID'], fields['VERSION_ID']


def licence(expression):
    return [{'expression': expression}] if ' ' in expression else [{'license': {'id': expression}}]


def component_of(package, facts, archives, headers):
    name, release = distribution()
    purl = (f'pkg:deb/{name}/{urllib.parse.quote(package)}@{urllib.parse.quote(facts["version"], safe=":~")}'
            f'?arch={facts["architecture"]}&distro={name}-{release}&upstream={urllib.parse.quote(facts["source"])}')
    component = {
        'type': 'library',
        'bom-ref': purl,
        'supplier': {'name': 'Debian', 'url': ['https://www.debian.org']},
        'name': package,
        'version': facts['version'],
        'licenses': licence(LICENCES[facts['source']]),
        'purl': purl,
        'properties': [{'name': 'kolega-gate:source-package', 'value': facts['source']}],
    }
    if facts['homepage']:
        component['externalReferences'] = [{'type': 'website', 'url': facts['homepage']}]
    if len(archives) == 1:
        component['hashes'] = [{'alg': 'SHA-256', 'content': sha256(archives[0])}]
    if archives:
        component['components'] = [{
            'type': 'file',
            'bom-ref': f'{purl}#{urllib.parse.quote(path)}',
            'name': path,
            'hashes': [{'alg': 'SHA-256', 'content': sha256(path)}],
        } for path in archives]
    if headers:
        listing = ''.join(f'{sha256(path)}  {path}\n' for path in headers)
        component['properties'] += [
            {'name': 'kolega-gate:headers', 'value': str(len(headers))},
            {'name': 'kolega-gate:headers:sha256', 'value': hashlib.sha256(listing.encode()).hexdigest()},
        ]
    return component


def bill_of(arguments, components):
    root = f'pkg:github/kolega-ai/kolega-gate@v{arguments.version}'
    time = datetime.datetime.fromtimestamp(arguments.epoch, datetime.timezone.utc)
    bill = {
        '$schema': 'http://cyclonedx.org/schema/bom-1.6.schema.json',
        'bomFormat': 'CycloneDX',
        'specVersion': '1.6',
        'version': 1,
        'metadata': {
            'timestamp': time.strftime('%Y-%m-%dT%H:%M:%SZ'),
            'lifecycles': [{'phase': 'build'}],
            'component': {
                'type': 'application',
                'bom-ref': root,
                'supplier': {'name': 'Kolega', 'url': ['https://kolega.dev']},
                'name': 'kolega-gate',
                'version': arguments.version,
                'hashes': [{'alg': 'SHA-256', 'content': sha256(arguments.binary)}],
                'licenses': licence('Apache-2.0'),
                'purl': root,
                'externalReferences': [{'type': 'vcs', 'url': REPOSITORY}],
            },
        },
        'components': components,
        'dependencies': [{'ref': root, 'dependsOn': [component['bom-ref'] for component in components]}],
        'compositions': [{'aggregate': 'complete', 'assemblies': [root], 'dependencies': [root]}],
    }
    # Of the content, so that the same build has the same number.
    digest = hashlib.sha256(json.dumps(bill, sort_keys=True).encode()).digest()
    number = uuid.UUID(bytes=digest[:16], version=5)
    return {**{key: bill[key] for key in ('$schema', 'bomFormat', 'specVersion')}, 'serialNumber': f'urn:uuid:{number}',
            **bill}


def read(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def notices_of(packages):
    """The copyright files of the packages, once per source, and the licence texts that they only point to."""
    texts = {}
    for package, facts in packages.items():
        texts.setdefault(read(f'/usr/share/doc/{package}/copyright'), (facts['source'], facts['version'], []))[2].append(package)
    out = ['kolega-gate is linked statically with parts of these projects. Each section is the copyright file of the\n'
           'Debian package that was linked; the licence texts that they point to follow at the end.\n']
    for text, (source, version, names) in sorted(texts.items(), key=lambda item: item[1]):
        out.append(f'{"=" * 80}\n{source} ({", ".join(names)} {version})\n{"=" * 80}\n\n{text.strip()}\n')
    mentioned = set(re.findall(r'/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9])', '\n'.join(out)))
    for name in sorted(mentioned):
        if os.path.isfile(f'/usr/share/common-licenses/{name}'):
            out.append(f'{"=" * 80}\n/usr/share/common-licenses/{name}\n{"=" * 80}\n\n'
                       f'{read(f"/usr/share/common-licenses/{name}").strip()}\n')
    return '\n'.join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('binary', 'map', 'build', 'version', 'sbom', 'notices'):
        parser.add_argument(f'--{name}', required=True)
    parser.add_argument('--epoch', required=True, type=int)
    arguments = parser.parse_args()

    archives = packages_of(linked_files(arguments.map))
    headers = packages_of(compiled_headers(arguments.build))
    packages = {package: facts_of(package) for package in sorted(archives.keys() | headers.keys())}
    components = [component_of(package, facts, sorted(archives.get(package, ())), sorted(headers.get(package, ())))
                  for package, facts in packages.items()]
    with open(arguments.sbom, 'w', encoding='utf-8') as file:
        file.write(json.dumps(bill_of(arguments, components), indent=2, ensure_ascii=False) + '\n')
    with open(arguments.notices, 'w', encoding='utf-8') as file:
        file.write(notices_of(packages))


if __name__ == '__main__':
    main()
