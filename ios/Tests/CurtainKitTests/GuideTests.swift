// The guide's code: docs/integrating.md shows the regions below as they are, and the test at the end runs them in their order.
import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

// guide: clock
/// Wall time, and the time since boot that counts sleep.
final class PhoneClock: Clock {
    func now() throws -> Instant {
        var running = timespec()
        // On iOS: mach_continuous_time(), and sysctl kern.bootsessionuuid for the boot.
        guard clock_gettime(CLOCK_BOOTTIME, &running) == 0 else { throw KeystoreError.NotNow }
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return Instant(
            wallMs: Int64(Date().timeIntervalSince1970 * 1000),
            sinceBootMs: UInt64(running.tv_sec) * 1000 + UInt64(running.tv_nsec) / 1_000_000,
            bootId: boot)
    }
}
// guide end

/// The guide's keystore: over a fake in the place of the phone's hardware.
final class PhoneKeystore: Keystore {
    let hardware: FakeKeystore
    init(_ hardware: FakeKeystore) { self.hardware = hardware }

    // guide: keystore
    func exists(alias: String) throws -> Bool {
        // On iOS: SecItemCopyMatching. errSecItemNotFound is a certain no, errSecSuccess a certain yes;
        // anything else (errSecInteractionNotAllowed before the first unlock) is a doubt: throw NotNow.
        try hardware.exists(alias: alias)
    }

    func delete(alias: String) throws {
        // On iOS: SecItemDelete. errSecItemNotFound is no failure. Return only when the key is gone.
        try hardware.delete(alias: alias)
    }

    func prf(alias: String, input: Data) throws -> Data {
        // On iOS: SHA-256 of the ECDH inside the Secure Enclave with the point hashToP256(input: input).
        // A key that is gone for good is PermanentlyGone; errSecAuthFailed is NeedsAuth.
        try hardware.prf(alias: alias, input: input)
    }

    func sign(alias: String, message: Data) throws -> Data {
        // On iOS: SecureEnclave.P256.Signing.PrivateKey; its signature's rawRepresentation is r || s.
        try hardware.sign(alias: alias, message: message)
    }
    // guide end

    func create(alias: String, purpose: KeyPurpose) throws { try hardware.create(alias: alias, purpose: purpose) }
    func seal(alias: String, plaintext: Data) throws -> Data { try hardware.seal(alias: alias, plaintext: plaintext) }
    func `open`(alias: String, sealed: Data) throws -> Data { try hardware.open(alias: alias, sealed: sealed) }
    func publicKey(alias: String) throws -> Data { try hardware.publicKey(alias: alias) }
    func strength() throws -> KeystoreStrength { try hardware.strength() }
}

/// What the guide's app shows; a real one has views.
private final class Screen: @unchecked Sendable {
    var shown: [String] = []
    var lastFour = ""
    func show(_ what: String) { shown.append(what) }
    /// The digits that the clinician reads off the record and picks.
    func digits(_ ask: NumberAsk) -> String {
        if case .match(let tiles) = ask { XCTAssertTrue(tiles.contains(lastFour)) }
        return lastFour
    }
    func underline(_ range: NSRange, _ reason: String) { shown.append("underlined \(range) \(reason)") }
    func countDown(_ delay: Duration, _ triesLeft: UInt32?) { shown.append("tries left: \(triesLeft ?? 0)") }
}

final class GuideTests: XCTestCase {
    private let screen = Screen()

    private func open(_ appSupport: URL, _ hardware: FakeKeystore) throws -> SessionHolder {
        let screen = screen
        // guide: open
        // The app's own container, with isExcludedFromBackup and complete file protection; never an App Group.
        let directory = appSupport.appendingPathComponent("curtain").path
        let curtain = try Curtain.open(directory: directory, keystore: PhoneKeystore(hardware), clock: PhoneClock())
        let holder = SessionHolder(curtain) { workspace in
            // Told on the thread that noticed: in an app, `Task { @MainActor in … }`.
            screen.show("lock screen of \(workspace)")
        }
        try holder.tick()
        for workspace in try curtain.workspaces() {
            screen.show("\(workspace.institution): \(workspace.state), \(workspace.counts.drafts) drafts")
        }
        // guide end
        return holder
    }

    private func enrol(
        _ holder: SessionHolder, _ hospital: Hospital, _ chosen: Passcode, wordsAreEqual: ([String]) -> Bool
    ) throws -> String {
        // guide: enrol
        let request = try holder.curtain.request()
        // The request goes out as a file or QR; the institution's answer comes back the same way.
        let answer = try hospital.enrol(request.document)
        let words = try holder.curtain.enrolmentWords(enrolment: answer)
        guard wordsAreEqual(words) else { throw CancellationError() }
        let workspace = try chosen.spend { try holder.curtain.enrol(enrolment: answer, passcode: $0) }
        screen.show("\(workspace.institution) welcomes \(workspace.clinician)")
        // guide end
        return workspace.id
    }

    private func unlock(_ holder: SessionHolder, _ workspace: String, _ keypad: [Unicode.Scalar]) async throws {
        // guide: unlock
        let passcode = Passcode()
        for key in keypad { passcode.append(key) }  // as they are pressed; no String ever holds them
        do {
            try await holder.offMain { try $0.unlock(workspace, passcode) }
            screen.show("patients")
        } catch {
            switch NextStep(after: error) {
            case .countDown(let delay, let triesLeft): screen.countDown(delay, triesLeft)
            case .askInstitution(let why): screen.show("ask the institution: \(why)")
            case .showReceipt: screen.show("receipt")
            case let step: screen.show("\(step)")
            }
        }
        // The passcode is zero now, whatever happened.
        // guide end
        XCTAssertTrue(passcode.isEmpty)
    }

    private func type(
        _ holder: SessionHolder, _ workspace: String, _ request: AssessRequest, _ text: String
    ) throws -> (String, Assessment) {
        // guide: type
        let draft = try holder.with(workspace) {
            try $0.newDraft(patient: request.patient, channel: request.channel, audience: request.audience)
        }
        // At every change of the text view; `cursor` counts UTF-16 units, as the text view does.
        let assessment = try holder.with(workspace) { session in
            try session.typeDraft(id: draft, text: text, cursor: UInt32(text.utf16.count))
            return try session.assess(text: text, request: request)
        }
        screen.show(assessment.headline)
        for finding in assessment.findings {
            let (start, end) = (Int(finding.span.startUtf16), Int(finding.span.endUtf16))
            screen.underline(NSRange(location: start, length: end - start), finding.reason)
        }
        // guide end
        return (draft, assessment)
    }

    private func rewrite(
        _ holder: SessionHolder, _ workspace: String, _ draft: String, _ assessment: Assessment, _ request: AssessRequest
    ) throws {
        // guide: rewrite
        // What may be sent instead: each text was screened again. The clinician chooses.
        guard let chosen = assessment.rewrites.first(where: { $0.channel == request.channel }) else {
            return screen.show("use another channel: \(String(describing: assessment.best))")
        }
        try holder.with(workspace) {
            try $0.typeDraft(id: draft, text: chosen.text, cursor: UInt32(chosen.text.utf16.count))
        }
        // guide end
    }

    private func handOff(
        _ holder: SessionHolder, _ workspace: String, _ draft: String, _ request: AssessRequest
    ) throws -> String {
        let patient = request.patient ?? ""
        screen.lastFour = String((request.address ?? "").filter(\.isNumber).suffix(4))
        // guide: hand-off
        let number = request.address ?? ""
        let right = try holder.with(workspace) { session in
            let ask = try session.numberCheck(patient: patient, address: number).ask  // one tap, three tiles, or typing
            return try session.confirmNumber(patient: patient, address: number, digits: screen.digits(ask))
        }
        guard right else { return "" }  // nothing goes: the journal has counted a near miss
        let handed = try holder.with(workspace) { try $0.handOff(draft: draft, request: request) }
        screen.show("handed to SMS, number ending in \(handed.lastFour ?? "")")
        // On iOS: await UIApplication.shared.open(URL(string: handed.link)!)
        // When the app is in front again: "Did you send it?"
        try holder.with(workspace) { try $0.recordOutcome(message: handed.message, outcome: .sent) }
        // guide end
        return handed.link
    }

    private func chart(_ holder: SessionHolder, _ workspace: String) throws {
        // guide: chart
        try holder.with(workspace) { session in
            for item in try session.chartItems() {
                // The clinician reads it, changes it, and copies it into the record.
                try session.editChart(id: item.id, text: item.text.trimmingCharacters(in: .whitespaces))
                try session.fileChart(id: item.id)
            }
        }
        // guide end
    }

    private func lifecycle(_ holder: SessionHolder, _ workspace: String) throws {
        // guide: lifecycle
        try holder.tick()  // 250 ms after the last key, about once a second, at start and on resume
        try holder.suspend()  // didEnterBackground, protectedDataWillBecomeUnavailable
        try holder.lock()  // the user asks
        // From here on, every use says so until the next unlock.
        do {
            try holder.with(workspace) { try $0.tick() }
        } catch CurtainError.Locked {
            screen.show("lock screen")
        }
        // guide end
    }

    private func deliver(_ holder: SessionHolder, _ document: Data) throws {
        // guide: deliver
        switch try holder.curtain.deliver(document: document) {
        case .done: screen.show("accepted")
        case .queued: screen.show("kept until the phone is unlocked")
        case .refused(let reason): screen.show("refused: \(reason)")
        }
        // guide end
    }

    private func leave(_ holder: SessionHolder, _ workspace: String, _ passcode: Passcode) async throws -> Data {
        // guide: leave
        let left = try holder.with(workspace) { try $0.checklist() }
        for item in left.open { screen.show("to finish: \(item.kind)") }
        let receipt = try await holder.offMain { holder in
            let token = try holder.with(workspace) { session in
                try passcode.spend { try session.freshAuth(passcode: $0) }
            }
            return try holder.wipe(workspace, token: token)
        }
        screen.show("erased; the receipt goes to the institution")
        // guide end
        return receipt
    }

    func testTheGuideFromTheFirstStartToTheReceipt() async throws {
        let phone = try Phone()
        let keypad = Array(Phone.passcode.unicodeScalars)
        let holder = try open(phone.place, phone.keystore)
        let workspace = try enrol(holder, phone.hospital, Phone.typed()) { $0.count == 6 }
        XCTAssertEqual(screen.shown, ["St. Alder welcomes Dr. Lee"])
        try deliver(holder, try phone.hospital.policy())
        try deliver(holder, Data("nonsense".utf8))
        XCTAssertEqual(screen.shown.suffix(2), ["accepted", "refused: malformed"])
        try await unlock(holder, workspace, Array("wrong passcode".unicodeScalars))
        XCTAssertEqual(screen.shown.last, "tries left: 9")
        try await unlock(holder, workspace, keypad)
        XCTAssertEqual(screen.shown.last, "patients")

        let ward = try Ward(holder, workspace)
        let (draft, assessment) = try type(holder, workspace, ward.request, "Señora 🙂, your HIV test is positive. Call us.")
        XCTAssertEqual(assessment.verdict, .block)
        XCTAssertTrue(screen.shown.contains { $0.hasPrefix("underlined") })
        try rewrite(holder, workspace, draft, assessment, ward.request)
        XCTAssertTrue(try handOff(holder, workspace, draft, ward.request).hasPrefix("sms:"))
        try chart(holder, workspace)
        try lifecycle(holder, workspace)
        XCTAssertEqual(screen.shown.suffix(2), ["lock screen of \(workspace)", "lock screen"])
        try await unlock(holder, workspace, keypad)
        let receipt = try await leave(holder, workspace, Phone.typed())
        XCTAssertEqual(screen.shown.suffix(2), ["lock screen of \(workspace)", "erased; the receipt goes to the institution"])
        try phone.hospital.verify("receipt", receipt)
        try deliver(holder, try phone.hospital.acknowledge(receipt))
        XCTAssertEqual(try holder.curtain.workspaces(), [])
    }
}
