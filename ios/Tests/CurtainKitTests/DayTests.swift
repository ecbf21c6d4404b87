import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// The whole day, from enrolment to receipt, with the desk program as the institution.
final class DayTests: XCTestCase {
    func testADayFromEnrolmentToReceipt() throws {
        let phone = try Phone()
        let (curtain, workspace) = try enrolled(phone)
        let ward = try Ward(curtain, workspace, agreed: false)
        XCTAssertEqual(try ward.session.patients().count, 16)
        try consent(ward)
        let message = try write(ward)
        try answerAndNote(ward, message)
        try chart(ward)
        try export(phone, curtain, workspace, ward)
        try leave(phone, curtain, workspace, ward)
    }

    private func enrolled(_ phone: Phone) throws -> (Curtain, String) {
        let curtain = try phone.curtain()
        XCTAssertEqual(try curtain.workspaces(), [])
        let request = try curtain.request()
        let enrolment = try phone.hospital.enrol(request.document)
        let words = try curtain.enrolmentWords(enrolment: enrolment)
        XCTAssertEqual(words.count, 6)
        XCTAssertEqual(try curtain.enrolmentWords(enrolment: enrolment), words)
        let info = try Phone.typed().spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }
        XCTAssertEqual([info.id, info.institution, info.clinician], [request.enrolment, "St. Alder", "Dr. Lee"])
        XCTAssertEqual(info.state, .locked)
        XCTAssertEqual(try curtain.deliver(document: try phone.hospital.policy()), .done)
        XCTAssertEqual(try curtain.deliver(document: try phone.hospital.lease(info.id)), .done)
        XCTAssertEqual(try curtain.deliver(document: Data("nonsense".utf8)), .refused(reason: .malformed))
        return (curtain, info.id)
    }

    private func consent(_ ward: Ward) throws {
        let before = try ward.session.assess(text: Phone.allowed, request: ward.request)
        XCTAssertEqual(before.verdict, .needsConsent)
        try ward.agree()
        let standing = try ward.session.consentStanding(patient: ward.patient, channel: .sms, address: ward.number)
        guard case .inForce = standing else { return XCTFail("\(standing)") }
    }

    /// Types a text that is stopped, chooses what is offered instead, hands it off. Gives the message's id.
    private func write(_ ward: Ward) throws -> String {
        let session = ward.session
        let text = "👩🏽‍⚕️ Señora: your HIV test is positive, please call us."
        let draft = try ward.draft(text)
        let said = try session.assess(text: text, request: ward.request)
        XCTAssertEqual(said.verdict, .block)
        XCTAssertFalse(said.headline.isEmpty || said.why.isEmpty || said.reasons.isEmpty)
        let found = try XCTUnwrap(said.findings.first { $0.`class` == .sensitiveHiv })
        // Offsets index straight into what text views count: UTF-16.
        let span = NSRange(location: Int(found.span.startUtf16), length: Int(found.span.endUtf16 - found.span.startUtf16))
        XCTAssertTrue((text as NSString).substring(with: span).contains("HIV"), "\(span)")
        XCTAssertNotEqual(found.span.start, found.span.startUtf16, "bytes are not UTF-16 units here")
        let utf8 = Array(text.utf8)[Int(found.span.start)..<Int(found.span.end)]
        XCTAssertEqual(String(decoding: utf8, as: UTF8.self), (text as NSString).substring(with: span))

        XCTAssertThrowsCurtain(.NotAllowed(rule: "verdict")) { try session.handOff(draft: draft, request: ward.request) }
        let rewrite = try XCTUnwrap(said.rewrites.first { $0.channel == .sms }, "\(said.rewrites)")
        XCTAssertFalse(rewrite.text.contains("HIV"))
        try session.typeDraft(id: draft, text: rewrite.text, cursor: UInt32(rewrite.text.utf16.count))
        let again = try session.assess(text: rewrite.text, request: ward.request)
        XCTAssertEqual(again.verdict, rewrite.verdict)
        XCTAssertThrowsCurtain(.NotAllowed(rule: "confirm the number")) { try session.handOff(draft: draft, request: ward.request) }
        XCTAssertTrue(try session.confirmNumber(patient: ward.patient, address: ward.number, digits: ward.lastFour))
        let handed = try session.handOff(draft: draft, request: ward.request)
        XCTAssertTrue(handed.link.hasPrefix("sms:"), handed.link)
        XCTAssertEqual(handed.lastFour, String(ward.number.filter(\.isNumber).suffix(4)))
        XCTAssertEqual(try session.drafts(), [])
        XCTAssertEqual(try session.checklist().`open`.filter { $0.kind == .unknownOutcome }.map(\.id), [handed.message])
        try session.recordOutcome(message: handed.message, outcome: .sent)
        XCTAssertEqual(try session.messages(patient: ward.patient).map(\.message.outcome), [.sent])
        return handed.message
    }

    private func answerAndNote(_ ward: Ward, _ message: String) throws {
        let session = ward.session
        let reply = try session.recordInbound(
            patient: ward.patient, channel: .sms, address: ward.number, text: "My knee hurts", lang: .en)
        XCTAssertEqual(reply.contact, .first)
        XCTAssertEqual(try session.inbound(patient: ward.patient).map(\.text), ["My knee hurts"])
        let note = try session.saveNote(id: nil, patient: ward.patient, title: "Ward", text: "Wound is dry. Über alles 🙂")
        XCTAssertEqual(try session.note(id: note).text, "Wound is dry. Über alles 🙂")
        XCTAssertEqual(try session.notes(patient: ward.patient).map(\.title), ["Ward"])
        XCTAssertEqual(try session.search(filter: SearchFilter(words: "wound ÍS dry uber")).hits.map(\.id), [note])
        _ = try session.chartNote(note: note)
    }

    private func chart(_ ward: Ward) throws {
        let session = ward.session
        let waiting = try session.chartItems()
        XCTAssertEqual(Set(waiting.map(\.kind)), [.consent, .communication, .inbound, .note])
        let first = try XCTUnwrap(waiting.first)
        try session.editChart(id: first.id, text: first.text + " Checked.")
        XCTAssertTrue(try XCTUnwrap(session.chartItems().first { $0.id == first.id }).text.hasSuffix(" Checked."))
        let token = try fresh(session)
        XCTAssertThrowsCurtain(.NotAllowed(rule: "items to finish")) { try session.wipe(token: token) }
        for item in waiting { try session.fileChart(id: item.id) }
        XCTAssertEqual(try session.checklist().`open`, [])
    }

    private func export(_ phone: Phone, _ curtain: Curtain, _ workspace: String, _ ward: Ward) throws {
        let sealed = try ward.session.exportPatient(patient: ward.patient, token: try fresh(ward.session))
        let opened = try phone.hospital.open(sealed, for: "export")
        try phone.hospital.verify("export", opened)
        var damaged = opened
        damaged[damaged.count / 2] ^= 1
        XCTAssertThrowsError(try phone.hospital.verify("export", damaged))

        let journal = try phone.hospital.open(
            try ward.session.exportJournal(token: try fresh(ward.session)), for: "audit")
        let key = try phone.hospital.open(try curtain.auditKey(workspace: workspace), for: "audit")
        let checkpoint = try curtain.checkpoint(workspace: workspace)
        try phone.hospital.verify("checkpoint", checkpoint)
        let firstKey = try phone.hospital.file(key)
        try phone.hospital.verify("journal", journal, "--first-key", firstKey)
        XCTAssertThrowsError(try phone.hospital.verify("journal", Data(journal.dropFirst(40)), "--first-key", firstKey))
    }

    private func leave(_ phone: Phone, _ curtain: Curtain, _ workspace: String, _ ward: Ward) throws {
        let receipt = try ward.session.wipe(token: try fresh(ward.session))
        XCTAssertThrowsCurtain(.Erased) { try ward.session.patients() }
        XCTAssertEqual(try curtain.workspaces().map(\.state), [.erased])
        XCTAssertEqual(try curtain.receipt(workspace: workspace), receipt)
        XCTAssertThrowsCurtain(.Erased) {
            try Phone.typed().spend { try curtain.unlock(workspace: workspace, passcode: $0) }
        }
        try phone.hospital.verify("receipt", receipt)
        XCTAssertEqual(try curtain.deliver(document: try phone.hospital.acknowledge(receipt)), .done)
        XCTAssertEqual(try curtain.workspaces(), [])
        XCTAssertEqual(try phone.snapshot(), [:], "nothing is left")
        XCTAssertEqual(phone.keystore.aliases, [], "no key is left")
    }
}

/// A token for one act.
func fresh(_ session: Session) throws -> String {
    try Phone.typed().spend { try session.freshAuth(passcode: $0) }
}

/// Unlocks with a passcode as typed.
func unlock(_ curtain: Curtain, _ workspace: String, _ passcode: String = Phone.passcode) throws -> Session {
    try Phone.typed(passcode).spend { try curtain.unlock(workspace: workspace, passcode: $0) }
}

/// The call throws exactly this error of Curtain's.
func XCTAssertThrowsCurtain<T>(
    _ expected: CurtainError, _ message: String = "", file: StaticString = #filePath, line: UInt = #line,
    _ call: () throws -> T
) {
    XCTAssertThrowsError(try call(), message, file: file, line: line) {
        XCTAssertEqual($0 as? CurtainError, expected, message, file: file, line: line)
    }
}
