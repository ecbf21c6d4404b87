import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// Calls at the wrong moment: from inside a callback, while locked, after lock, after wipe, after everything was let go.
final class ReentryTests: XCTestCase {
    func testComingBackFromAKeystoreCallIsBusy() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        _ = try ward.draft("typed")
        let (seen, policy) = (Answers(), try phone.hospital.policy())
        phone.keystore.beforeCalls { call, _ in
            guard call != .strength, seen.enter() else { return }
            defer { seen.leave() }
            seen.take { _ = try ward.session.patients() }
            seen.take { try ward.session.tick() }
            seen.take { try ward.session.lock() }
            seen.take { try ward.session.suspend() }
            seen.take { _ = try ward.session.state() }
            seen.take { _ = try unlock(curtain, workspace) }
            seen.take { _ = try curtain.receipt(workspace: workspace) }
            seen.take { _ = try curtain.checkpoint(workspace: workspace) }
            seen.take { try curtain.tick() }
            seen.take { _ = try curtain.workspaces() }
            seen.take { _ = try curtain.deliver(document: policy) }
            seen.take { _ = try curtain.auditKey(workspace: workspace) }
        }
        try ward.session.lock()
        phone.keystore.behave()
        XCTAssertGreaterThanOrEqual(seen.all.count, 12)
        XCTAssertEqual(Set(seen.all), [.Busy])
        XCTAssertEqual(try unlock(curtain, workspace).drafts().map(\.draft.text), ["typed"])
    }

    func testComingBackFromTheClockOfASessionCallIsBusy() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        let seen = Answers()
        phone.clock.atReadings {
            guard seen.enter() else { return }
            defer { seen.leave() }
            seen.take { _ = try ward.session.patients() }
            seen.take { _ = try ward.session.newDraft(patient: nil, channel: .sms, audience: .patient) }
            seen.take { _ = try unlock(curtain, workspace) }
        }
        _ = try ward.session.patients()
        phone.clock.atReadings(nil)
        XCTAssertEqual(seen.all, [.Busy, .Busy, .Busy])
        _ = try ward.session.patients()
    }

    func testEveryCallOnALockedSessionAnswersLocked() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        let token = try fresh(ward.session)
        try ward.session.lock()
        everyCallAnswers(.Locked, ward, token)
        try ward.session.lock()
        try ward.session.suspend()
        let second = try Ward(curtain, workspace)
        let newer = try unlock(curtain, workspace)
        everyCallAnswers(.Locked, second, token)
        try second.session.lock()
        XCTAssertEqual(try newer.patients().count, 16, "the old object's lock does nothing to the new session")
    }

    func testEveryCallAfterAWipeIsTyped() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace, agreed: false)
        let receipt = try ward.session.wipe(token: try fresh(ward.session))
        everyCallAnswers(.Erased, ward, "")
        XCTAssertThrowsCurtain(.Erased) { try unlock(curtain, workspace) }
        XCTAssertEqual(try curtain.receipt(workspace: workspace), receipt)
        XCTAssertEqual(try curtain.deliver(document: try phone.hospital.acknowledge(receipt)), .done)
        everyCallAnswers(.Erased, ward, "")
        XCTAssertThrowsCurtain(.NotFound) { try unlock(curtain, workspace) }
        XCTAssertThrowsCurtain(.NotFound) { try curtain.receipt(workspace: workspace) }
    }

    func testASessionOutlivesTheLastReferenceToCurtainAndTheFilesAreFreeAfterIt() throws {
        let phone = try Phone()
        var curtain: Curtain? = try phone.curtain()
        let workspace = try phone.enrol(try XCTUnwrap(curtain))
        var ward: Ward? = try Ward(try XCTUnwrap(curtain), workspace)
        curtain = nil
        XCTAssertEqual(try ward?.session.patients().count, 16)
        do {
            let second = try phone.curtain()
            XCTAssertEqual(try second.workspaces().map(\.state), [.notNow], "the session still has the files")
            XCTAssertThrowsCurtain(.Busy) { try unlock(second, workspace) }
        }
        _ = try ward?.draft("typed")
        try ward?.session.lock()
        ward = nil
        XCTAssertEqual(try unlock(try phone.curtain(), workspace).drafts().map(\.draft.text), ["typed"])
    }

    func testNonsenseIdsAndTextsAreTyped() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let ward = try Ward(curtain, try phone.enrol(curtain))
        let session = ward.session
        for id in ["", "canary", String(repeating: "canary", count: 10_000), "\u{0}", "🙂", String(repeating: "0", count: 32)] {
            let calls: [() throws -> Any] = [
                { try session.patient(id: id) }, { try session.note(id: id) }, { try session.fileChart(id: id) },
                { try session.typeDraft(id: id, text: "canary", cursor: .max) },
                { try session.handOff(draft: id, request: ward.request) },
                { try session.importPatients(bundle: Data(id.utf8)) },
                { try curtain.unlock(workspace: id, passcode: Data()) },
                { try curtain.receipt(workspace: id) as Any },
            ]
            for (number, call) in calls.enumerated() {
                XCTAssertThrowsError(try call(), "\(number) \(id.prefix(9))") {
                    XCTAssertTrue($0 is CurtainError)
                    XCTAssertFalse("\($0) \($0.localizedDescription)".contains("canary"))
                }
            }
        }
    }

    private func everyCallAnswers(_ expected: CurtainError, _ ward: Ward, _ token: String) {
        let (session, id) = (ward.session, ward.patient)
        let calls: [() throws -> Any] = [
            { try session.state() }, { try session.tick() }, { try session.patients() }, { try session.patient(id: id) },
            { try session.notes(patient: id) }, { try session.drafts() }, { try session.chartItems() },
            { try session.checklist() }, { try session.assess(text: "x", request: ward.request) },
            { try session.newDraft(patient: id, channel: .sms, audience: .patient) },
            { try session.saveNote(id: nil, patient: id, title: "", text: "x") }, { try session.search(filter: SearchFilter(words: "x")) },
            { try session.typeDraft(id: id, text: "x", cursor: 0) }, { try session.handOff(draft: id, request: ward.request) },
            { try session.importPatients(bundle: Data()) }, { try session.rosters() }, { try fresh(session) },
            { try session.exportPatient(patient: id, token: token) }, { try session.exportJournal(token: token) },
            { try session.shredPatient(id: id, token: token) }, { try session.wipe(token: token) },
        ]
        for (number, call) in calls.enumerated() {
            XCTAssertThrowsCurtain(expected, "call \(number)") { try call() }
        }
    }
}

/// What calls answered from inside a callback; a callback inside a callback is let through.
private final class Answers: @unchecked Sendable {
    private let lock = NSLock()
    private var inside = false
    private var answers: [CurtainError?] = []

    var all: [CurtainError?] { lock.withLock { answers } }

    func enter() -> Bool {
        lock.withLock {
            defer { inside = true }
            return !inside
        }
    }

    func leave() { lock.withLock { inside = false } }

    func take(_ call: () throws -> Void) {
        var answer: CurtainError?
        do { try call() } catch { answer = error as? CurtainError }
        lock.withLock { answers.append(answer) }
    }
}
