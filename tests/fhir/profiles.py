#!/usr/bin/env python3
"""Checks exported FHIR R4 Bundles for what the named profiles require, beyond R4 itself.

    profiles.py FOLDER        reads FOLDER/collection, FOLDER/transaction and FOLDER/batch

The profiles' own packages are not to be had from the registries that this project may use, so their must-haves are
written out here. Each rule names where it comes from:

    PCF      IHE Privacy Consent on FHIR (ITI), Consent "Advanced"
    BALP     IHE Basic Audit Log Patterns (ITI), "Consent Authorized Decision Audit Event" and "Privacy Disclosure at the
             source"
    ITI-20   IHE ATNA, Record Audit Event, "Send Audit Bundle" by the FHIR feed
    USCORE   HL7 US Core DocumentReference
    HOUSE    what the documentation of this project promises (docs/fhir.md)

The elements were read in those guides when the export was designed. Before anything counts as passed, each rule must be
seen to fail on a broken copy. Exit 0 if all hold, 1 if not.
"""

import copy
import json
import pathlib
import re
import sys

DCM = "http://dicom.nema.org/resources/ontology/DCM"
TERMS = "urn:curtain:fhir:consent-terms"
CHANNEL = "urn:curtain:fhir:communication-channel"
LABELS = {"HIV", "STD", "PSY", "ETH", "SEX", "SDV", "GDIS"}
HEX64 = re.compile(r"[0-9a-f]{64}\Z")


def codes(concept, system=None):
    """The codes of a CodeableConcept or Coding."""
    codings = concept.get("coding", [concept]) if concept else []
    return {c.get("code") for c in codings if system is None or c.get("system") == system}


def resources(bundle, kind):
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def texts(value):
    """Every string below a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


def members(value):
    """Every member's name below a JSON value."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield name
        yield from members(inner)
    for inner in value if isinstance(value, list) else ():
        yield from members(inner)


def subject(consent):
    """The channel and number or address that a Consent is about."""
    terms = next((e for e in consent.get("extension", []) if e["url"] == TERMS), {"extension": []})
    channel = next((p["valueCode"] for p in terms["extension"] if p["url"] == "channel"), None)
    point = next((e for e in consent["provision"].get("extension", []) if e["url"] == CHANNEL), None)
    address = (point and point["valueContactPoint"].get("value")) or None
    if address and "@" not in address:
        # Two spellings of one number are one number.
        address = ("+" if address.lstrip().startswith("+") else "") + re.sub(r"[^0-9]", "", address)
    return channel, address and address.lower()


def of_photo(c):
    """Whether a Consent is about a photo, which has no channel; tests of the core hold what is ours about those."""
    return "data" in c.get("provision", {})


def consent(c):
    for name in ("status", "dateTime", "performer", "organization", "patient"):
        if not c.get(name):
            yield f"PCF: {name}"
    if "patient-privacy" not in codes(c.get("scope")):
        yield "PCF: scope patient-privacy"
    if not any("59284-0" in codes(category, "http://loinc.org") for category in c.get("category", [])):
        yield "PCF: category 59284-0"
    if not any(name.startswith("source") for name in c):
        yield "PCF: source[x]"
    if not any(policy.get("uri") for policy in c.get("policy", [])):
        yield "PCF: policy.uri"
    if "verification" in c:
        yield "PCF: verification is not allowed"
    provision = c.get("provision", {})
    if provision.get("type") not in ("permit", "deny"):
        yield "PCF: provision.type"
    for level in [provision, *provision.get("provision", [])]:
        for name in ("action", "class", "code"):
            if name in level:
                yield f"PCF: provision.{name} is not allowed"
    if any("provision" in nested for nested in provision.get("provision", [])):
        yield "PCF: one level below the root"
    if provision.get("type") == "permit" and not of_photo(c):
        denied = [n for n in provision.get("provision", []) if n.get("type") == "deny"]
        if not any({label["code"] for label in n.get("securityLabel", [])} == LABELS for n in denied):
            yield "HOUSE: a yes denies the sensitive classes"
        if not provision.get("period", {}).get("end"):
            yield "HOUSE: a yes has an end"
    if not of_photo(c) and None in subject(c):
        yield "HOUSE: a consent names channel and number or address"
    if "hash" in c.get("sourceAttachment", {}):
        yield "HOUSE: no SHA-1"


def ledger(bundle):
    """What holds between a Bundle's consents, their Provenances and the standing instructions."""
    consents = [(f"urn:uuid:{c['id']}", c) for c in resources(bundle, "Consent") if not of_photo(c)]
    active = [(url, c) for url, c in consents if c["status"] == "active"]
    subjects = [subject(c) for _, c in active]
    if len(set(subjects)) != len(subjects):
        yield "HOUSE: one answer in force for a channel and number"
    requests = resources(bundle, "CommunicationRequest")
    standing = {about["reference"] for r in requests for about in r.get("about", [])}
    if standing != {url for url, c in active if c["provision"]["type"] == "deny"}:
        yield "HOUSE: a standing instruction for each no in force, and for nothing else"
    for request in requests:
        if request.get("doNotPerform") is not True or request.get("status") != "active":
            yield "HOUSE: the instruction is not to"
        if not request.get("medium") or not request.get("authoredOn") or not request.get("requester"):
            yield "HOUSE: the instruction says which channel, when and whose"
    provenances = resources(bundle, "Provenance")
    for url, c in consents:
        own = [p for p in provenances if {"reference": url} in p.get("target", [])]
        if len(own) != 1 or not own[0].get("recorded") or not all(a.get("who") for a in own[0].get("agent", [{}])):
            yield "HOUSE: each consent has a Provenance that says who and when"
            continue
        earlier = [u for u, e in consents if subject(e) == subject(c) and e["dateTime"] < c["dateTime"]]
        revised = [e["what"]["reference"] for e in own[0].get("entity", []) if e.get("role") == "revision"]
        if bool(earlier) != bool(revised) or not set(revised) <= {u for u, _ in consents}:
            yield "HOUSE: a later answer is a revision of the one before"


def communication(c, patient):
    status = c["status"]
    from_patient = c.get("sender", {}).get("reference") == patient
    if status == "completed" and ("received" if from_patient else "sent") not in c:
        yield "HOUSE: completed says when"
    if "received" in c and not from_patient:
        yield "HOUSE: nobody knows that a patient received a text"
    if status != "completed" and "sent" in c:
        yield "HOUSE: sent only if the clinician said so"
    if status == "not-done" and not c.get("statusReason"):
        yield "HOUSE: not done says why"
    if not c.get("medium") or not all(m.get("text") for m in c["medium"]):
        yield "HOUSE: the channel in words"
    if not c.get("subject") or not c.get("recipient"):
        yield "HOUSE: about whom and to whom"


def document(d, patient):
    for name in ("status", "type", "author", "date", "custodian", "identifier"):
        if not d.get(name):
            yield f"USCORE: {name}"
    category = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
    if not any("clinical-note" in codes(c, category) for c in d.get("category", [])):
        yield "USCORE: category clinical-note"
    if d.get("subject", {}).get("reference") != patient:
        yield "USCORE: subject is the patient"
    for content in d.get("content") or [{}]:
        attachment = content.get("attachment", {})
        if not attachment.get("contentType"):
            yield "USCORE: contentType"
        if not (attachment.get("data") or attachment.get("url")):
            yield "USCORE: data or url"


def decision(a, patient):
    if codes(a.get("type")) != {"110113"} or a.get("action") != "E" or a.get("outcome") not in ("0", "8"):
        yield "BALP decision: type 110113, action E, outcome 0 or 8"
    agents = [next(iter(codes(agent.get("type")))) if agent.get("type") else None for agent in a.get("agent", [])]
    if sorted(map(str, agents)) != ["110150", "IRCP", "PROV", "authserver"]:
        yield "BALP decision: client, user, userorg, authorizer"
    user = [agent for agent in a.get("agent", []) if "IRCP" in codes(agent.get("type"))]
    if not all(agent.get("requestor") and agent.get("purposeOfUse") for agent in user):
        yield "BALP decision: the user asks, and says what for"
    for entity in a.get("entity", []):
        kind = codes(entity.get("type"))
        if not (kind == {"1"} and entity["what"].get("reference") == patient) and kind != {"Consent"}:
            yield "BALP decision: entities are the patient and the consent"
    if not any(codes(entity.get("type")) == {"1"} for entity in a.get("entity", [])):
        yield "BALP decision: the patient"


def disclosure(a, patient):
    if a.get("action") != "R" or not a.get("purposeOfEvent"):
        yield "BALP disclosure: action R, and what for"
    ends = {code: [g for g in a.get("agent", []) if code in codes(g.get("type"), DCM)] for code in ("110153", "110152")}
    if len(ends["110153"]) != 1 or ends["110153"][0].get("who") != a["source"]["observer"]:
        yield "BALP disclosure: the source is the observer"
    if len(ends["110152"]) != 1:
        yield "BALP disclosure: a recipient"
    if not all(g.get("network", {}).get("address") and g["network"].get("type") for g in sum(ends.values(), [])):
        yield "BALP disclosure: network on both ends"
    roles = [(codes(e.get("type")), codes(e.get("role"))) for e in a.get("entity", [])]
    people = [e for e in a.get("entity", []) if codes(e.get("type")) == {"1"}]
    if [e["what"].get("reference") for e in people] != [patient]:
        yield "BALP disclosure: the patient"
    if ({"2"}, {"4"}) not in roles:
        yield "BALP disclosure: what was disclosed"
    details = {d["type"]: d["valueString"] for e in a.get("entity", []) for d in e.get("detail", [])}
    hashes = ("decision-trace-sha256", "policy-sha256", "journal-root")
    if not all(HEX64.match(details.get(name, "")) for name in hashes) or "journal-entry" not in details:
        yield "HOUSE: a disclosure names its decision and its place in the journal"


def audit(a):
    for name in ("type", "recorded", "agent"):
        if not a.get(name):
            yield f"BALP: {name}"
    if not a.get("source", {}).get("observer"):
        yield "BALP: source.observer"
    if not any(agent.get("requestor") for agent in a.get("agent", [])):
        yield "BALP: somebody asked"
    if not all(agent.get("who") for agent in a.get("agent", [])):
        yield "BALP: agent.who"


def collection(bundle):
    """Yields a line for each rule that an exported patient's Bundle breaks."""
    patients = resources(bundle, "Patient")
    if len(patients) != 1 or bundle["entry"][0]["resource"] is not patients[0]:
        yield "HOUSE: one patient, first"
        return
    patient = bundle["entry"][0]["fullUrl"]
    # Named with an identifier of the institution's, or a pseudonym alone; never in between.
    shown = {"name", "birthDate", "telecom", "contact"} & set(patients[0])
    if {"address", "photo", "gender"} & set(patients[0]) or (shown and len(patients[0]["identifier"]) < 2):
        yield "HOUSE: the patient is a pseudonym"
    for entry in bundle["entry"]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        if "R" not in {label["code"] for label in resource.get("meta", {}).get("security", [])}:
            yield "HOUSE: restricted"
        if kind == "Consent":
            yield from consent(resource)
        elif kind == "Communication":
            yield from communication(resource, patient)
        elif kind == "DocumentReference":
            yield from document(resource, patient)
        elif kind == "AuditEvent":
            yield from audit(resource)
            subtypes = {code for coding in resource.get("subtype", []) for code in codes(coding)}
            if "AuthZ-Consent" in subtypes:
                yield from decision(resource, patient)
            if codes(resource.get("type")) == {"110106"} and "transmit" not in subtypes:
                if "disclose" not in subtypes:
                    yield "BALP disclosure: subtype disclose"
                yield from disclosure(resource, patient)
    if all(c.get("provision") for c in resources(bundle, "Consent")):
        yield from ledger(bundle)
    if any(word in text.lower() for text in map(str, members(bundle)) for word in ("delivered",)):
        yield "HOUSE: nothing is delivered"


def transaction(bundle):
    for entry in bundle["entry"]:
        resource = entry["resource"]
        wanted = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
        if bundle["type"] != "transaction" or entry.get("request") != wanted:
            yield "HOUSE: each resource is put under its own id"
    yield from collection(bundle)


def batch(bundle):
    """A batch of AuditEvents: pseudonyms, no text, nothing that would have to be resolved."""
    if bundle["type"] != "batch":
        yield "ITI-20: type batch"
    places = []
    for entry in bundle["entry"]:
        if entry.get("request") != {"method": "POST", "url": "AuditEvent"}:
            yield "ITI-20: POST AuditEvent"
        event = entry["resource"]
        if event["resourceType"] != "AuditEvent":
            yield "ITI-20: AuditEvents alone"
            continue
        yield from audit(event)
        if "id" in event:
            yield "ITI-20: the repository gives the id"
        if "reference" in set(members(event)):
            yield "HOUSE: identifiers, not links"
        if codes(event.get("type")) == {"110113"} and not event.get("subtype") and event.get("outcome") != "8":
            yield "HOUSE: an alert says what about"
        details = {d["type"]: d["valueString"] for e in event.get("entity", []) for d in e.get("detail", [])}
        if not HEX64.match(details.get("journal-leaf-sha256", "")):
            yield "HOUSE: an event names its leaf in the journal"
        places.append(details.get("journal-entry"))
        for entity in event.get("entity", []):
            value = entity["what"].get("identifier", {}).get("value", "")
            if codes(entity.get("type")) == {"1"} and not re.match(r"[0-9a-f]{32}\Z", value):
                yield "HOUSE: patients are pseudonyms of the journal"
    if places != [str(number) for number in range(len(places))] and None not in places:
        first = int(places[0])
        if places != [str(first + number) for number in range(len(places))]:
            yield "HOUSE: no entry is missing"


def faults(bundle, audits):
    """(what is broken, the rule that must see it, the check, the broken copy) for every rule above."""

    def broken(rule, change, check=collection, base=bundle):
        copied = copy.deepcopy(base)
        change(copied)
        return rule, check, copied

    def first(b, kind, wanted=lambda r: True):
        return next(r for r in resources(b, kind) if wanted(r))

    permit = lambda r: r["provision"]["type"] == "permit"
    deny = lambda r: r["provision"]["type"] == "deny" and r["status"] == "active"
    status = lambda s: lambda r: r["status"] == s and "received" not in r
    authz = lambda r: "AuthZ-Consent" in {c["code"] for c in r.get("subtype", [])}
    disclosed = lambda r: r["type"]["code"] == "110106"
    yes = lambda b: first(b, "Consent", permit)
    event = lambda b: first(b, "AuditEvent", authz)
    left = lambda b: first(b, "AuditEvent", disclosed)
    doc = lambda b: first(b, "DocumentReference")
    for name in ("status", "dateTime", "performer", "organization", "patient"):
        # Without these the rules between consents have nothing to hold on to.
        if name not in ("status", "dateTime"):
            yield broken(f"PCF: {name}", lambda b: yes(b).pop(name))
    yield broken("PCF: scope patient-privacy", lambda b: yes(b).update(scope={"coding": [{"code": "research"}]}))
    yield broken("PCF: category 59284-0", lambda b: yes(b).update(category=[{"text": "x"}]))
    yield broken("PCF: source[x]", lambda b: yes(b).pop("sourceAttachment"))
    yield broken("PCF: policy.uri", lambda b: yes(b).pop("policy"))
    yield broken("PCF: verification is not allowed", lambda b: yes(b).update(verification=[{"verified": True}]))
    yield broken("PCF: provision.type", lambda b: yes(b)["provision"].update(type="maybe"))
    for name in ("action", "class", "code"):
        yield broken(f"PCF: provision.{name} is not allowed", lambda b: yes(b)["provision"].update({name: []}))
    deeper = lambda b: yes(b)["provision"]["provision"][0].update(provision=[{"type": "permit"}])
    yield broken("PCF: one level below the root", deeper)
    label = lambda b: yes(b)["provision"]["provision"][0]["securityLabel"].pop()
    yield broken("HOUSE: a yes denies the sensitive classes", label)
    yield broken("HOUSE: a yes has an end", lambda b: yes(b)["provision"]["period"].pop("end"))
    yield broken("HOUSE: a consent names channel and number or address", lambda b: yes(b)["provision"].pop("extension"))
    yield broken("HOUSE: no SHA-1", lambda b: yes(b)["sourceAttachment"].update(hash="x"))
    everything = lambda b: [c.update(status="active") for c in resources(b, "Consent")]
    yield broken("HOUSE: one answer in force for a channel and number", everything)
    for change in (
        lambda b: first(b, "Consent", deny).update(status="inactive"),
        lambda b: b["entry"].remove(next(e for e in b["entry"] if e["resource"]["resourceType"] == "CommunicationRequest")),
    ):
        yield broken("HOUSE: a standing instruction for each no in force, and for nothing else", change)
    yield broken("HOUSE: the instruction is not to", lambda b: first(b, "CommunicationRequest").pop("doNotPerform"))
    which = lambda b: first(b, "CommunicationRequest").pop("medium")
    yield broken("HOUSE: the instruction says which channel, when and whose", which)
    revised = lambda r: "entity" in r
    who = lambda b: first(b, "Provenance")["agent"][0].pop("who")
    yield broken("HOUSE: each consent has a Provenance that says who and when", who)
    yield broken("HOUSE: a later answer is a revision of the one before", lambda b: first(b, "Provenance", revised).pop("entity"))
    sent = lambda b: first(b, "Communication", status("completed"))
    yield broken("HOUSE: completed says when", lambda b: sent(b).pop("sent"))
    yield broken("HOUSE: nobody knows that a patient received a text", lambda b: sent(b).update(received=sent(b)["sent"]))
    early = lambda b: first(b, "Communication", status("preparation")).update(sent="2026-11-23T09:20:00Z")
    yield broken("HOUSE: sent only if the clinician said so", early)
    yield broken("HOUSE: not done says why", lambda b: first(b, "Communication", status("not-done")).pop("statusReason"))
    yield broken("HOUSE: the channel in words", lambda b: sent(b)["medium"][0].pop("text"))
    yield broken("HOUSE: about whom and to whom", lambda b: sent(b).pop("subject"))
    for name in ("status", "type", "author", "date", "custodian", "identifier"):
        yield broken(f"USCORE: {name}", lambda b: doc(b).pop(name))
    yield broken("USCORE: category clinical-note", lambda b: doc(b).pop("category"))
    yield broken("USCORE: subject is the patient", lambda b: doc(b).update(subject={"display": "x"}))
    yield broken("USCORE: contentType", lambda b: doc(b)["content"][0]["attachment"].pop("contentType"))
    yield broken("USCORE: data or url", lambda b: doc(b)["content"][0]["attachment"].pop("data"))
    yield broken("BALP decision: type 110113, action E, outcome 0 or 8", lambda b: event(b).update(outcome="4"))
    yield broken("BALP decision: client, user, userorg, authorizer", lambda b: event(b)["agent"].pop())
    yield broken("BALP decision: the user asks, and says what for", lambda b: event(b)["agent"][1].pop("purposeOfUse"))
    draft = lambda b: event(b)["entity"].append({"what": {"display": "x"}, "type": {"code": "2"}})
    yield broken("BALP decision: entities are the patient and the consent", draft)
    yield broken("BALP decision: the patient", lambda b: event(b)["entity"].pop(0))
    yield broken("BALP disclosure: action R, and what for", lambda b: left(b).update(action="E"))
    yield broken("BALP disclosure: subtype disclose", lambda b: left(b).pop("subtype"))
    yield broken("BALP disclosure: the source is the observer", lambda b: left(b)["agent"][0].update(who={"display": "x"}))
    yield broken("BALP disclosure: a recipient", lambda b: left(b)["agent"].pop(1))
    yield broken("BALP disclosure: network on both ends", lambda b: left(b)["agent"][1].pop("network"))
    yield broken("BALP disclosure: the patient", lambda b: left(b)["entity"].pop(0))
    yield broken("BALP disclosure: what was disclosed", lambda b: left(b)["entity"].pop(1))
    detail = lambda b: left(b)["entity"][1]["detail"].pop()
    yield broken("HOUSE: a disclosure names its decision and its place in the journal", detail)
    for name in ("type", "recorded", "agent"):
        yield broken(f"BALP: {name}", lambda b: b["entry"][0]["resource"].pop(name), batch, audits)
    yield broken("BALP: source.observer", lambda b: left(b)["source"].update(observer={}))
    yield broken("BALP: somebody asked", lambda b: left(b)["agent"][2].update(requestor=False))
    yield broken("BALP: agent.who", lambda b: left(b)["agent"][2].pop("who"))
    yield broken("HOUSE: one patient, first", lambda b: b["entry"].append(b["entry"].pop(0)))
    yield broken("HOUSE: the patient is a pseudonym", lambda b: first(b, "Patient").update(name=[{"family": "Delgado"}], identifier=[{"value": "P-0042"}]))
    yield broken("HOUSE: restricted", lambda b: first(b, "Device").pop("meta"))
    yield broken("HOUSE: nothing is delivered", lambda b: sent(b).update(delivered=True))
    yield broken("HOUSE: each resource is put under its own id", lambda b: None, transaction)
    head = lambda b: b["entry"][0]
    yield broken("ITI-20: type batch", lambda b: b.update(type="collection"), batch, audits)
    yield broken("ITI-20: POST AuditEvent", lambda b: head(b)["request"].update(url="Patient"), batch, audits)
    yield broken("ITI-20: AuditEvents alone", lambda b: head(b)["resource"].update(resourceType="Patient"), batch, audits)
    yield broken("ITI-20: the repository gives the id", lambda b: head(b)["resource"].update(id="x"), batch, audits)
    link = lambda b: head(b)["resource"]["source"]["observer"].update(reference="Device/1")
    yield broken("HOUSE: identifiers, not links", link, batch, audits)
    alert = lambda b: head(b)["resource"].pop("subtype")
    yield broken("HOUSE: an alert says what about", alert, batch, audits)
    leaf = lambda b: head(b)["resource"]["entity"][-1]["detail"].pop(1)
    yield broken("HOUSE: an event names its leaf in the journal", leaf, batch, audits)
    named = lambda e: codes(e["resource"]["entity"][0]["type"]) == {"1"}
    number = lambda b: next(filter(named, b["entry"]))["resource"]["entity"][0]["what"]["identifier"].update(value="4471902")
    yield broken("HOUSE: patients are pseudonyms of the journal", number, batch, audits)
    yield broken("HOUSE: no entry is missing", lambda b: b["entry"].pop(5), batch, audits)


def main():
    folder = pathlib.Path(sys.argv[1])
    passed = failed = 0

    def count(good, what, lines=()):
        nonlocal passed, failed
        if not good or not what.startswith("seen"):
            print(f"{'ok    ' if good else 'FAILED'} {what}")
        for line in list(lines)[:10]:
            print(f"       {line}")
        passed, failed = passed + bool(good), failed + (not good)

    read = lambda path: json.loads(path.read_text("utf-8"))
    totals = {}
    for kind, check in (("collection", collection), ("transaction", transaction), ("batch", batch)):
        paths = sorted((folder / kind).glob("*.json"))
        wrong = []
        for path in paths:
            bundle = read(path)
            wrong += [f"{path.name}: {line}" for line in check(bundle)]
            for entry in bundle["entry"] if kind != "transaction" else ():
                name = entry["resource"]["resourceType"]
                totals[name] = totals.get(name, 0) + 1
        count(paths and not wrong, f"{len(paths)} files of kind {kind} hold what the profiles require", wrong)
    kinds = {"Patient", "Consent", "Media", "CommunicationRequest", "Communication", "DocumentReference", "AuditEvent", "Provenance"}
    count(kinds <= set(totals), "every kind is among them")
    print("       " + ", ".join(f"{number} {name}" for name, number in sorted(totals.items())))
    rules = set()
    whole = read(folder / "collection/every-kind.json")
    for rule, check, copied in faults(whole, read(sorted((folder / "batch").glob("*.json"))[0])):
        rules.add(rule)
        count(rule in set(check(copied)), f"seen to fail: {rule}")
    print(f"ok     {len(rules)} rules were each seen to fail" if not failed else "")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
