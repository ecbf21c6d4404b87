//! Steps about texts on their way: assess, write, choose, hand off, and what can be found again.

use super::expect::Seen;
use super::play::{Day, Done, Halt, Kept, Writing, variant};
use super::step::{Choose, Compose, HandOffPart, Of, ScriptsPart, SearchPart, TurnDraft};
use curtain_core::message::{Assessment, last_four};
use curtain_core::patient::{ContactKind, Patient};
use curtain_core::policy::{Audience, Channel, Pack, Severity, trace};
use curtain_core::session::{AssessRequest, NumberAsk, SearchFilter};

impl Day<'_, '_> {
    /// The patient of a name in the script.
    pub(super) fn patient(&self, key: &str) -> Done<String> {
        let known = self.place().people.get(key);
        known.cloned().ok_or_else(|| Halt::Script(format!("no patient {key:?} here")))
    }

    pub(super) fn writing(&self, name: &str) -> Done<&Writing> {
        self.writings.get(name).ok_or_else(|| Halt::Script(format!("no draft {name:?} was written")))
    }

    /// The first number or address in use that a channel can take.
    pub(super) fn address_of(&self, patient: &str, channel: Channel) -> Done<Option<String>> {
        let patient: Patient = self.session()?.patient(self.patient(patient)?)?;
        let kind = match channel {
            Channel::Sms | Channel::Whatsapp | Channel::Imessage | Channel::Phone => ContactKind::Phone,
            Channel::Email | Channel::PersonalEmail => ContactKind::Email,
            Channel::Portal | Channel::SecureMessaging | Channel::Telehealth => return Ok(None),
        };
        let contact = patient.contacts.into_iter().find(|contact| contact.kind == kind && !contact.old);
        Ok(contact.map(|contact| contact.value))
    }

    /// As [`Day::address_of`], where one must be there.
    pub(super) fn reached(&self, patient: &str, channel: Channel, address: Option<&str>) -> Done<String> {
        let own = self.address_of(patient, channel)?;
        let address = address.map(str::to_owned).or(own);
        address.ok_or_else(|| Halt::Script(format!("patient {patient:?} has no number or address for this channel")))
    }

    fn request(&self, compose: &Compose) -> Done<AssessRequest> {
        let channel = compose.channel.unwrap_or(Channel::Sms);
        let own = compose.patient.as_deref().map(|patient| self.address_of(patient, channel)).transpose()?.flatten();
        let roster = compose.roster.as_deref().map(|key| {
            let known = self.place().rosters.get(key);
            known.cloned().ok_or_else(|| Halt::Script(format!("no roster {key:?} here")))
        });
        let audience = compose.audience.unwrap_or(Audience::Patient);
        Ok(AssessRequest {
            patient: compose.patient.as_deref().map(|patient| self.patient(patient)).transpose()?,
            channel,
            audience,
            address: compose.address.clone().or(own.filter(|_| audience == Audience::Patient)),
            roster: roster.transpose()?,
            attachments: compose.attachments.clone(),
            lang: compose.lang,
        })
    }

    /// The text of a step, or what stands in its draft.
    fn composed(&mut self, compose: &Compose) -> Done<(String, AssessRequest)> {
        let there = compose.draft.as_deref().and_then(|name| self.writings.get(name));
        let request = there.map_or_else(|| self.request(compose), |writing| Ok(writing.request.clone()))?;
        let text = match (&compose.text, there) {
            (Some(text), _) => text.clone(),
            (None, Some(writing)) => self.draft_text(&writing.id)?,
            (None, None) => return Err(Halt::Script("neither a text nor a draft that is there".to_owned())),
        };
        self.needle(&text);
        Ok((text, request))
    }

    fn draft_text(&self, id: &str) -> Done<String> {
        let found = self.session()?.drafts()?.into_iter().find(|saved| saved.id == id);
        found.map(|saved| saved.draft.text).ok_or(Halt::Script("the draft is gone".to_owned()))
    }

    pub(super) fn assess(&mut self, compose: &Compose, seen: &mut Seen) -> Done {
        let (text, request) = self.composed(compose)?;
        self.said(&text, &request, seen).map(drop)
    }

    /// Assesses, shows it, and notes everything that can be expected of it.
    fn said(&mut self, text: &str, request: &AssessRequest, seen: &mut Seen) -> Done<Assessment> {
        let session = self.session()?;
        let said = session.assess(text.to_owned(), request.clone())?;
        let to = format!("{} to a {}", request.channel.name().replace('_', " "), variant(&request.audience));
        self.stage.verdict(self.number, &to, text, &said);
        seen.note("verdict", said.verdict.name());
        if let Some(to) = said.redirect {
            seen.note("redirect", to.name());
        }
        if let Some(best) = said.best {
            seen.note("best", best.name());
        }
        let classes = |stop: bool| -> Vec<String> {
            let found = said.findings.iter().filter(|finding| !stop || finding.severity == Severity::Stop);
            // An attachment has no span: its class stands in a reason.
            let told = said.reasons.iter().filter(|reason| !stop || reason.verdict == said.verdict);
            let mut names: Vec<String> = found.map(|finding| finding.class.name().to_owned()).collect();
            names.extend(told.filter_map(|reason| Some(reason.class?.name().to_owned())));
            names.sort_unstable();
            names.dedup();
            names
        };
        seen.note("finds", classes(false));
        seen.note("stops", classes(true));
        seen.note("intents", said.intents.iter().map(|intent| intent.name().to_owned()).collect::<Vec<_>>());
        let rules = said.findings.iter().map(|finding| finding.rule.clone());
        seen.note("rules", rules.chain(said.reasons.iter().map(|reason| reason.rule.clone())).collect::<Vec<_>>());
        seen.note("rewrites", said.rewrites.iter().map(|rewrite| rewrite.text.clone()).collect::<Vec<_>>());
        let mut pass = true;
        for rewrite in &said.rewrites {
            let again = AssessRequest { channel: rewrite.channel, ..request.clone() };
            pass &= !session.assess(rewrite.text.clone(), again)?.verdict.stopped();
        }
        seen.note("rewrites_pass", pass);
        let reasons = said.findings.iter().map(|finding| finding.reason.clone());
        seen.note("advice", [said.headline.clone(), said.why.clone()].into_iter().chain(reasons).collect::<Vec<_>>());
        seen.note("chart", said.chart_text.clone().into_iter().collect::<Vec<_>>());
        seen.note("second_route", said.second_route);
        seen.note("segments", said.length.segments);
        Ok(said)
    }

    /// Types a text into a draft, new or there, and assesses it as the composer does.
    pub(super) fn write(&mut self, compose: &Compose, seen: &mut Seen) -> Done {
        let name = compose.draft.clone().ok_or_else(|| Halt::Script("write needs a draft's name".to_owned()))?;
        let (text, request) = self.composed(compose)?;
        if !self.writings.contains_key(&name) {
            let (patient, channel, audience) = (request.patient.clone(), request.channel, request.audience);
            let id = self.session()?.new_draft(patient, channel, audience)?;
            self.writings.insert(name.clone(), Writing { id, request: request.clone(), offers: Vec::new() });
        }
        let cursor = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        self.session()?.type_draft(self.writing(&name)?.id.clone(), text.clone(), cursor)?;
        let said = self.said(&text, &request, seen)?;
        let offers = said.rewrites.into_iter().map(|rewrite| (rewrite.channel, rewrite.text)).collect();
        if let Some(writing) = self.writings.get_mut(&name) {
            writing.offers = offers;
        }
        Ok(())
    }

    pub(super) fn choose(&mut self, choose: &Choose, seen: &mut Seen) -> Done {
        let offers = &self.writing(&choose.draft)?.offers;
        let offer = choose.offer.checked_sub(1).and_then(|index| offers.get(index));
        let (channel, text) =
            offer.cloned().ok_or_else(|| Halt::Script(format!("{} texts were offered", offers.len())))?;
        if channel != self.writing(&choose.draft)?.request.channel {
            self.turn(&TurnDraft { draft: choose.draft.clone(), channel })?;
        }
        let compose = Compose { draft: Some(choose.draft.clone()), text: Some(text), ..Compose::default() };
        self.write(&compose, seen)
    }

    pub(super) fn turn(&mut self, part: &TurnDraft) -> Done {
        let id = self.writing(&part.draft)?.id.clone();
        self.session()?.turn_draft(id, part.channel)?;
        let patient = self.writing(&part.draft)?.request.patient.clone();
        let key = self.place().people.iter().find(|(_, id)| Some(*id) == patient.as_ref()).map(|(key, _)| key.clone());
        let address = key.map(|key| self.address_of(&key, part.channel)).transpose()?.flatten();
        if let Some(writing) = self.writings.get_mut(&part.draft) {
            writing.request.channel = part.channel;
            writing.request.address = address;
        }
        Ok(())
    }

    /// The clinician confirms the number where the phone asks for it: with the right digits if the script says no others.
    pub(super) fn hand_off(&mut self, part: &HandOffPart, seen: &mut Seen) -> Done {
        let name = &part.draft;
        let (id, request) = (self.writing(name)?.id.clone(), self.writing(name)?.request.clone());
        let texted = matches!(request.channel, Channel::Sms | Channel::Whatsapp | Channel::Imessage);
        if let (Some(patient), Some(number), true) = (&request.patient, &request.address, texted) {
            // Whose number it is not, the hand-off itself says.
            if let Ok(check) = self.session()?.number_check(patient.clone(), number.clone()) {
                seen.note(
                    "ask",
                    match check.ask {
                        NumberAsk::Tap { .. } => "tap",
                        NumberAsk::Match { .. } => "match",
                        NumberAsk::Type => "type",
                    },
                );
                if !matches!(check.ask, NumberAsk::Tap { .. }) {
                    let digits = part.digits.clone().or_else(|| last_four(number)).unwrap_or_default();
                    self.session()?.confirm_number(patient.clone(), number.clone(), digits)?;
                }
            }
        }
        let handed = self.session()?.hand_off(id, request)?;
        self.stage.fact(&format!("The shell opens {}…", handed.link.get(..16).unwrap_or(&handed.link)));
        seen.note("link", vec![handed.link]);
        if let Some(digits) = handed.last_four {
            seen.note("last_four", digits);
        }
        seen.note("second_route", handed.second_route);
        let items = self.session()?.chart_items()?;
        let texts = items.into_iter().filter(|item| item.source == handed.message).map(|item| item.text);
        self.note_chart(texts.collect(), seen);
        Ok(())
    }

    /// Shows chart texts and notes them.
    pub(super) fn note_chart(&mut self, texts: Vec<String>, seen: &mut Seen) {
        for text in &texts {
            self.stage.fact(&format!("Chart: {text}"));
        }
        seen.note("longest_chart", texts.iter().map(|text| text.chars().count()).max().unwrap_or(0));
        seen.note("chart", texts);
    }

    pub(super) fn drafts(&mut self, seen: &mut Seen) -> Done {
        let drafts = self.session()?.drafts()?;
        seen.note("drafts", drafts.into_iter().map(|saved| saved.draft.text).collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn messages(&mut self, of: &Of, seen: &mut Seen) -> Done {
        let patient = of.patient.as_deref().ok_or_else(|| Halt::Script("messages needs a patient".to_owned()))?;
        let messages = self.session()?.messages(self.patient(patient)?)?;
        seen.note("outcomes", messages.iter().map(|saved| variant(&saved.message.outcome)).collect::<Vec<_>>());
        seen.note("found", messages.into_iter().map(|saved| saved.message.text).collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn search(&mut self, part: &SearchPart, seen: &mut Seen) -> Done {
        let filter = SearchFilter { words: part.words.clone(), ..SearchFilter::default() };
        let hits = self.session()?.search(filter)?.hits;
        seen.note("found", hits.into_iter().map(|hit| hit.excerpt).collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn scripts(&mut self, part: &ScriptsPart, seen: &mut Seen) -> Done {
        let patient = part.patient.as_deref().map(|key| self.patient(key)).transpose()?;
        let scripts = self.session()?.scripts(patient, part.lang)?;
        seen.note("ids", scripts.iter().map(|script| script.id.clone()).collect::<Vec<_>>());
        seen.note("scripts", scripts.into_iter().map(|script| script.text).collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn trace(&mut self, compose: &Compose, seen: &mut Seen) -> Done {
        let (text, request) = self.composed(compose)?;
        let kept = self.session()?.trace(text.clone(), request)?;
        self.keep("trace.json", kept.as_bytes())?;
        let pack = self.place().packs.last().cloned().unwrap_or_default();
        self.note_trace(&kept, &pack, seen)?;
        seen.note("verified", trace::is_about(&kept, &text)? && !kept.contains(&text));
        if let Some(name) = &compose.called {
            self.traces.insert(name.clone(), Kept { trace: kept, pack });
        }
        Ok(())
    }

    /// Decides again from a trace, under the policy that was in force then.
    pub(super) fn replay(&mut self, name: &str, seen: &mut Seen) -> Done {
        let kept = self.traces.get(name).ok_or_else(|| Halt::Script(format!("no trace {name:?} was kept")))?;
        let (kept, pack) = (kept.trace.clone(), kept.pack.clone());
        self.note_trace(&kept, &pack, seen)
    }

    fn note_trace(&mut self, kept: &str, pack: &str, seen: &mut Seen) -> Done {
        let decision = trace::replay(kept, &Pack::parse(pack.as_bytes())?)?;
        let cited = trace::cited(kept)?;
        self.stage.fact(&format!("Decided again under {}: {}", cited.policy, decision.verdict.name()));
        seen.note("verdict", decision.verdict.name());
        seen.note("policy", cited.policy);
        seen.note("rules", cited.rules);
        Ok(())
    }
}
