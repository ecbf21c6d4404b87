//! What a word is beside a name: ordinary, a given name, a town, a title, a kind of street. One look-up a word.

use crate::screen::lexicon::listed::Bits;
use crate::screen::lexicon::people;
use crate::screen::lexicon::vocabulary::{self, About};
use crate::screen::text::{List, Text};

/// Bits of the built map (`people` of `build.rs`).
pub(super) const ORDINARY: u32 = 1;
pub(super) const TOWN: u32 = 2;
pub(super) const OTHER: u32 = 4;
pub(super) const GIVEN: u32 = 8;
pub(super) const FAMILY: u32 = 16;
/// Set while reading: a name that is stated, found here.
pub(super) const NAMED: u32 = 1 << 5;
/// Whether the map was asked: it is for words with a capital; others are asked about when somebody wants to know.
pub(super) const LOOKED: u32 = 1 << 6;
/// A small word of a language that is not screened: its capitals follow other rules.
pub(super) const ALIEN: u32 = 1 << 7;
/// The bits that the map knows.
pub(super) const FACTS: u32 = ORDINARY | TOWN | OTHER | GIVEN | FAMILY;
/// Bits of the lists below.
pub(super) const GREETING: u32 = 1 << 8;
pub(super) const TITLE: u32 = 1 << 9;
pub(super) const CLINICIAN: u32 = 1 << 10;
pub(super) const PERSON: u32 = 1 << 11;
pub(super) const FACILITY_WORD: u32 = 1 << 12;
pub(super) const STREET: u32 = 1 << 13;
pub(super) const CALLE: u32 = 1 << 14;
pub(super) const MONTH: u32 = 1 << 15;
pub(super) const WEEKDAY: u32 = 1 << 16;
pub(super) const WITHIN: u32 = 1 << 17;
pub(super) const OPENER: u32 = 1 << 18;
pub(super) const OUR: u32 = 1 << 19;
pub(super) const SPOT: u32 = 1 << 20;
pub(super) const CARE: u32 = 1 << 21;
pub(super) const KEYWORD: u32 = 1 << 22;
pub(super) const BIRTH: u32 = 1 << 23;
pub(super) const AGE: u32 = 1 << 24;
pub(super) const PARTICLE: u32 = 1 << 25;
pub(super) const BOOKED: u32 = 1 << 26;
pub(super) const VERB: u32 = 1 << 27;
pub(super) const ORDERED: u32 = 1 << 28;
pub(super) const PHONE: u32 = 1 << 29;
/// The first word of its sentence, or after a colon, bracket or quotation mark: its capital says nothing.
pub(super) const FIRST: u32 = 1 << 30;
/// Its sentence is written in capitals, or Every Word Has One: no capital there says anything.
pub(super) const LOUD: u32 = 1 << 31;

/// Words that end the name of a hospital, clinic or other place.
pub(crate) const FACILITY: List = List::of(&[
    "clinic",
    "hospital",
    "centre",
    "center",
    "surgery",
    "practice",
    "medical",
    "med",
    "pharmacy",
    "health",
    "healthcare",
    "office",
    "department",
    "building",
    "university",
    "college",
    "school",
    "institute",
    "group",
    "associates",
    "care",
    "street",
    "road",
    "avenue",
    "home",
    "hall",
    "house",
    "unit",
    "ward",
    "wing",
    "tower",
    "clinica",
    "centro",
    "consultorio",
    "farmacia",
    "plaza",
    "campus",
    "infirmary",
    "dental",
    "hopkins",
]);

/// Each list as words between spaces, and its bit.
const LISTS: [(&str, u32); 23] = [
    (
        "hi hello dear hey hiya hola estimado estimada querido querida apreciado apreciada morning afternoon evening dias tardes \
         noches",
        GREETING,
    ),
    (
        "mr mrs ms miss mx mister sr sra srta don dona senor senora senorita madame mme sir lady lord reverend rev fr \
         auntie aunty aunt uncle tio tia padre coach sra lic cllr capt sgt master mstr revd",
        TITLE,
    ),
    ("dr doctor dra doctora prof professor nurse enfermera enfermero sister matron", CLINICIAN),
    (
        "patient pt pts client mother mom mum mam dad father husband wife son daughter brother sister niece nephew aunt uncle baby \
         kid named called surname lastname paciente esposo esposa hijo hija hermano hermana llamado llamada llamadas llamados \
         female male woman man boy girl neighbor neighbour partner gran nan grandma grandpa granny grandad marido mujer madre \
         padre mama papa suegro suegra abuelo abuela tio tia primo prima nieto nieta vecino vecina cousin carer solicitor \
         mammy mammys granda grandda missus fella stepdad stepmum stepson inlaw twin twins boss beneficiario senora caseworker guarantor roommate fiance fiancee girlfriend boyfriend nombre titular",
        PERSON,
    ),
    (
        "clinic hospital centre center surgery practice medical med pharmacy health healthcare office department building \
         university college school institute group associates care home hall house unit ward wing tower clinica centro \
         consultorio farmacia campus infirmary dental hopkins dentistry imaging radiology lab labs laboratory services service \
         trust desk reception library church museum park station airport market mall store shop bank bar pub cafe restaurant \
         club gym pool theatre theater cinema hotel inn garage bridge estate site suite floor gate entrance lounge annexe annex \
         pavilion block therapy physio physiotherapy vision optical eyecare opticians optometry orthopedics orthopaedics \
         pediatrics paediatrics cardiology oncology dermatology wellness family community county council city town village \
         district region memorial general royal national international regional foundation society association company inc \
         llc ltd plc corp freight insurance plan policy program programme system systems network app portal line hotline \
         helpline team room rooms day week festival league cup fc united award awards bulletin times post news weekly \
         magazine form sede edificio torre sanatorio instituto facultad escuela colegio universidad parque iglesia \
         mercado estacion biblioteca ayuntamiento seguro seguros banco policlinica sanatorio drogueria optica ips eps laboratorio laboratorios obra \
         mutua prepaga hosp hosps hospitals clinics portal pediatric heart vascular physicians partners specialists eye",
        FACILITY_WORD,
    ),
    (
        "street st avenue ave av road rd lane ln drive dr boulevard blvd court ct way place pl terrace close crescent square \
         sq highway hwy parkway pkwy circle cir trail trl alley row gardens gdns grove mews hill walk rise run bend brae loan \
         hollow ridge creek glen drift steps yard bank wharf quay view green heights fields meadow meadows path pike loop \
         cove point plaza vale croft garth gate ter cres cl freeway turnpike causeway esplanade parade promenade broadway",
        STREET,
    ),
    (
        "calle c avenida avda av plaza paseo carrera cra calzada camino rua ul pasaje privada cerrada andador callejon \
         ronda travesia bulevar boulevard diagonal transversal glorieta prolongacion via rue strasse",
        CALLE,
    ),
    (
        "january february march april may june july august september october november december jan feb mar apr jun jul aug sep \
         sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre ene \
         abr ago dic",
        MONTH,
    ),
    (
        "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun lunes martes \
         miercoles jueves viernes sabado domingo",
        WEEKDAY,
    ),
    (
        "in at near via from to into towards @ en desde hacia across around outside by inside behind opposite past",
        WITHIN,
    ),
    ("this soy habla name nombre thank thanks gracias bye", OPENER),
    (
        "we our us were weve reception parking entrance park clinic surgery located office visit directions pharmacy \
         nuestra nuestro estamos sede sucursal",
        OUR,
    ),
    (
        "room rm ward bed beds bay cubicle cubiculo cubicles habitacion cuarto hab pabellon cama camas camilla box sala \
         operatory exam trauma resus villa aislado theatre chair pod recliner gurney stretcher couch sala",
        SPOT,
    ),
    (
        "admitted seen treated evaluated discharged diagnosed visited transferred hospitalized hospitalised examined referred \
         operated followed presented presenting born died ingresado ingresada atendido atendida visto vista tratado tratada \
         diagnosticado diagnosticada trasladado trasladada operado operada ingreso hospitalizado hospitalizada underwent \
         received had",
        CARE,
    ),
    (
        "dob date acta f fn fdn birth born birthday birthdate fecha nacio nacido nacida nacimiento nac d bday nacidos",
        BIRTH,
    ),
    (
        "aged age turned turns turning turn cumplio cumple edad hes shes he she is are nan tiene tengo was be im ninety noventa",
        AGE,
    ),
    ("de la del da das do dos van von der den bin ibn al el las los di du le ter mc mac st saint san santa", PARTICLE),
    (
        "appointment appointments appt appts cita citas turno booked booking reschedule rescheduled reminder scheduled schedule \
         clinic visit due open opens closed closes close reopen reopens till until by deadline starting starts available slot \
         slots confirm expires renewal meeting session class webinar vaccine holiday before slot recordatorio reprogramar \
         hasta cerrado abierto vence moved rescheduling delivery arrive arrives event training refill",
        BOOKED,
    ),
    (
        "is has was wants needs said says fell turned moved called rang got came left went isnt wasnt hasnt can cant will wont in \
         from and or y e asked asks lives would could wanted had gave gets takes took wrote texted phoned rings calls says \
         keeps thinks likes still just never also turns visited died passed signed dropped stopped started starts refused \
         needed checked comes goes does did vive viene vino llamo llama tiene quiere dijo dice pide pidio fue salio esta \
         necesita ingreso cumple cumplio se trajo llego with on has'nt b7 isn't who que goes next bed room rm gone been back",
        VERB,
    ),
    (
        "order orders invoice invoices receipt part item ticket tickets batch lot ref reference form code codes version model \
         tracking confirmation page pages option options size step extension ext bus route train flight gate locker queue \
         number turno ticket pedido factura folleto tramite radicado version opcion pagina paso ruta linea modulo ventanilla \
         ficha puerta parcel package bleep pager coupon promo model claim forms section passcode pin meeting webinar zoom sku \
         channel bag box shelf aisle casilla keysafe door lockbox chapter edition serving level",
        ORDERED,
    ),
    (
        "call phone tel telephone fax text cell mobile number ring dial contact whatsapp sms at on reach extension llame llamar \
         telefono marque al numero celular movil llamenos to is us tlf tfno tlfno celu phoned called rang landline mob cel \
         marcar numeros line old new nos el dio",
        PHONE,
    ),
    ("street road avenue plaza", FACILITY_WORD),
    (
        "ist und bitte nicht sie ihr ihre ihren der das ein eine einen fur mit haben werden uhr sind wir est vous votre avec nous pour sont \
         dans une ne pas rendez che della sono alla il suo nao voce seu sua uma het een niet uw naar jest nie prosze ang ng mga sa po",
        ALIEN,
    ),
];

static LISTED: Bits = Bits::of(&LISTS);

/// What a token's word is.
pub(super) fn bits_at(text: &Text<'_>, token: usize) -> u32 {
    listed_at(text, token) | facts_at(text, token) | LOOKED
}

/// What the lists say of a token's word: far faster than the map, and enough for a word in small letters.
pub(super) fn listed_at(text: &Text<'_>, token: usize) -> u32 {
    LISTED.get(text.norm(token), text.hash(token)) | named(text.about(token))
}

/// What the map says of a token's word.
pub(super) fn facts_at(text: &Text<'_>, token: usize) -> u32 {
    facts(people::known(text, token))
}

/// What one folded word is.
pub(super) fn bits(word: &str) -> u32 {
    let hash = vocabulary::hash(word.as_bytes());
    let about = vocabulary::about(vocabulary::look(word, hash));
    LISTED.get(word, hash) | named(about) | facts(people::facts(word)) | LOOKED
}

/// Names that small letters may spell too, and the first words of the codes' keywords.
fn named(about: &About) -> u32 {
    let bit = |flag: u16, bit: u32| if about.flags & flag != 0 { bit } else { 0 };
    bit(vocabulary::GIVEN, GIVEN) | bit(vocabulary::FAMILY, FAMILY) | bit(vocabulary::KEYWORD, KEYWORD)
}

fn facts(known: u32) -> u32 {
    let ordinary = if known & (people::ENGLISH | people::SPANISH) != 0 { ORDINARY } else { 0 };
    ordinary | known & (TOWN | OTHER | GIVEN | FAMILY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_the_lists_makes_a_scan_panic_wherever_it_stands() {
        let words = LISTS.iter().flat_map(|(words, _)| words.split_whitespace());
        let keys = include_str!("../words/identifiers.txt");
        let keys = keys.lines().filter(|line| !line.starts_with(['#', '['])).flat_map(|line| line.split(", "));
        for word in words.chain(keys) {
            for text in [
                (*word).to_string(),
                format!("{word} 7"),
                format!("{word} Xu"),
                format!("Xu {word} 5551234, {word}"),
                format!("7 {word}. {word} {word}: 92"),
                format!("{}{word}-7/7", word.to_uppercase()),
            ] {
                let found = crate::screen::tests::scanned(&text);
                for f in found.findings {
                    assert!(text.get(f.span.start as usize..f.span.end as usize).is_some(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_word_is_told_apart_from_a_name() {
        assert!(bits("please") & ORDINARY != 0 && bits("ingreso") & ORDINARY != 0 && bits("aviseselo") & ORDINARY != 0);
        assert!(bits("rosa") & GIVEN != 0 && bits("ferrante") & FAMILY != 0 && bits("quinones") & FAMILY != 0);
        assert!(bits("milwaukee") & TOWN != 0 && bits("whatsapp") & OTHER != 0);
        assert_eq!(bits("umkhayev"), LOOKED);
    }
}
