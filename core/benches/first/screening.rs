//! Drafts of 320 characters through `screen::scan` and `message::assess`.

use std::hint::black_box;

use curtain_core::message::{AssessInput, assess};
use curtain_core::policy::{
    Audience, Channel, ConsentScope, ConsentState, History, NumberFacts, Pack, RosterState, US_HIPAA,
};
use curtain_core::screen::{ClinicProfile, KnownPerson, NameIndex, scan};
use curtain_core::words::Lang;

use crate::{Done, PATIENTS, Table, Turns, timed};

const DRAFT_CHARS: usize = 320;

/// Sentences of each kind; drafts are made of them.
pub(crate) const LOGISTICS: &[&str] = &[
    "Just a reminder: your appointment is on Tuesday at 2 pm at the main clinic.",
    "Please call the clinic at 555-123-4567 if you need to change the time.",
    "Your prescription is ready for pickup.",
    "There is a new message for you in the patient portal.",
    "Please bring your insurance card and the completed forms.",
    "Parking is available behind the building.",
    "Dr. Lee is running about 20 minutes late today.",
    "Thank you for your patience.",
];
pub(crate) const CLINICAL: &[&str] = &[
    "Your potassium came back at 5.9 mmol/L and the creatinine is 2.1, which is higher than last month.",
    "Please increase the metformin to 1000 mg twice daily and stop the lisinopril.",
    "The CT scan shows a small nodule in the left lower lobe.",
    "Are you still having chest pain and shortness of breath?",
    "Your HIV test is negative but the chlamydia screen was positive.",
    "We should start insulin glargine 10 units at night.",
    "The biopsy of your breast did not show cancer.",
    "Keep taking the antidepressant even if you feel better.",
];
pub(crate) const SPANISH: &[&str] = &[
    "Le recordamos que su cita es mañana a las 2 de la tarde en la clínica principal.",
    "Su receta está lista en la farmacia.",
    "Por favor llame a la clínica al 555-123-4567 para cambiar la hora.",
    "Su prueba de embarazo salió positiva y tiene la presión alta.",
    "Tome 500 mg de amoxicilina cada ocho horas durante siete días.",
    "¿Todavía tiene dolor de pecho o fiebre?",
    "Hay un mensaje nuevo para usted en el portal.",
    "Gracias por su paciencia.",
];
pub(crate) const DISGUISED: &[&str] = &[
    "Your H.I.V test and the h1v viral load are back.",
    "We found chl@mydia, d3pression and an old abor-tion in the notes.",
    "Yоur арpointment about the t u m o r is on 3/4/26.",
    "Ms. Rosa Martinez, DOB 02/11/1961, MRN 00123456, lives at 12 Elm Street, Springfield 62704.",
    "Her SSN is 219-09-9999 and the NHS number 943 476 5919; mail rosa@example.org.",
    "She is in room 12, bed 4, the only 91 year old from the village on the ward.",
];

/// Twenty-four drafts of exactly 320 characters: sentences in rotation, cut like somebody who is still typing.
fn drafts(lists: &[&[&str]]) -> Vec<String> {
    let sentences: Vec<&str> =
        (0..8).flat_map(|at| lists.iter().filter_map(move |list| list.get(at % list.len()))).copied().collect();
    (0..24)
        .map(|first| {
            let turned =
                (0..).filter_map(|step: usize| sentences.get((first + step * (1 + first / 8)) % sentences.len()));
            turned.flat_map(|sentence| sentence.chars().chain([' '])).take(DRAFT_CHARS).collect()
        })
        .collect()
}

/// As many known patients as the vault below has.
pub(crate) fn known() -> NameIndex {
    const GIVEN: [&str; 10] = ["Rosa", "Ann", "Omar", "Mei", "Ivan", "Lucia", "Peter", "Aisha", "Tom", "Grace"];
    NameIndex::new((0..PATIENTS).map(|n| KnownPerson {
        names: vec![format!("{} Family{n}", GIVEN[usize::from(n) % GIVEN.len()])],
        identifiers: vec![format!("MRN{:06}", u32::from(n) * 37)],
        phones: vec![format!("+1 555 200 {n:04}")],
    }))
}

/// A clinic's facts, as its policy gives them.
pub(crate) fn clinic() -> ClinicProfile {
    ClinicProfile {
        name: "St. Alder Clinic".to_owned(),
        phones: vec!["555-123-4567".to_owned()],
        sites: vec!["main clinic".to_owned()],
        staff: vec!["Lee".to_owned(), "Okafor".to_owned()],
        portal_url: "https://portal.example.org".to_owned(),
        emergency_line: "911".to_owned(),
        ..ClinicProfile::default()
    }
}

pub(crate) fn run(table: &mut Table) -> Done {
    let names = known();
    let pack = Pack::builtin(US_HIPAA)?;
    let (clinic, mut turns) = (clinic(), Turns::watch());
    table.part(&format!("a draft of {DRAFT_CHARS} characters"));
    let (first, result) = timed(|| scan("Your prescription is ready.", Some(&clinic), &names));
    result?;
    table.row("scan, the first of the process (reads the words)", vec![first]);
    let kinds: [(&str, &[&[&str]]); 5] = [
        ("logistics", &[LOGISTICS]),
        ("clinical", &[CLINICAL]),
        ("mixed", &[LOGISTICS, CLINICAL]),
        ("Spanish", &[SPANISH]),
        ("disguised and identifiers", &[DISGUISED]),
    ];
    let (mut scans, mut assessments) = (Vec::new(), Vec::new());
    for (kind, lists) in kinds {
        let drafts = drafts(lists);
        let mut times = Vec::new();
        for _ in 0..300 {
            for draft in &drafts {
                let (time, result) = turns.timed(|| scan(black_box(draft), Some(&clinic), &names));
                result?;
                times.extend(time);
            }
        }
        scans.extend_from_slice(&times);
        table.row(&format!("scan, {kind}"), times);
    }
    table.row("scan, all kinds", scans);
    for (kind, lists) in kinds {
        let drafts = drafts(lists);
        let mut times = Vec::new();
        for _ in 0..60 {
            for draft in &drafts {
                let input = sms(black_box(draft), &pack, &clinic, &names);
                let (time, result) = turns.timed(|| assess(&input));
                result?;
                times.extend(time);
            }
        }
        assessments.extend_from_slice(&times);
        table.row(&format!("assess for SMS, {kind}"), times);
    }
    table.row("assess for SMS, all kinds", assessments);
    Ok(())
}

pub(crate) fn sms<'a>(
    text: &'a str,
    pack: &'a Pack,
    clinic: &'a ClinicProfile,
    names: &'a NameIndex,
) -> AssessInput<'a> {
    AssessInput {
        text,
        profile: Some(clinic),
        names,
        channel: Channel::Sms,
        audience: Audience::Patient,
        consent: ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false },
        other_consents: &[],
        roster: RosterState::None,
        number: NumberFacts::default(),
        attachments: &[],
        history: History::default(),
        pack,
        lang: Lang::En,
        now_ms: 1_795_000_000_000,
        local_minute: None,
        salt: [9; 32],
        patient_first_name: Some("Rosa"),
        clinician: Some("Dr. Lee"),
    }
}
