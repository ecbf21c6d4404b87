import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// A panic inside the core, forced by the rehearsal library's hook.
final class PanicTests: XCTestCase {
    override func setUpWithError() throws {
        try XCTSkipIf(ProcessInfo.processInfo.environment["CURTAIN_LIBRARY"] == "release", "a release cannot be told to panic")
    }

    func testAPanicInAnyCallIsTypedNamesNobodyAndTheDayGoesOn() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let calls: [(Ward) throws -> Any] = [
            { try $0.session.patients() }, { try $0.session.patient(id: $0.patient) },
            { try $0.session.assess(text: "canary HIV", request: $0.request) },
            { try $0.session.saveNote(id: nil, patient: $0.patient, title: "canary", text: "canary") },
            { try $0.session.newDraft(patient: $0.patient, channel: .sms, audience: .patient) },
            { try $0.session.search(filter: SearchFilter(words: "canary")) }, { try $0.session.checklist() }, { try fresh($0.session) },
            { try $0.session.wipe(token: "canary") },
        ]
        for (number, call) in calls.enumerated() {
            let ward = try Ward(curtain, workspace)
            let draft = try ward.draft("canary \(number)")
            phone.clock.pass(ms: 300)
            try ward.session.tick()
            phone.clock.orderPanic()
            XCTAssertThrowsError(try call(ward), "call \(number)") {
                XCTAssertEqual($0 as? CurtainError, .Internal(code: 999))
                XCTAssertEqual(NextStep(after: $0), .report(code: 999))
                XCTAssertFalse("\($0) \(String(reflecting: $0)) \($0.localizedDescription)".contains("canary"))
            }
            XCTAssertThrowsCurtain(.Locked) { try ward.session.patients() }
            try ward.session.lock()
            try ward.session.suspend()
            XCTAssertEqual(try curtain.workspaces().map(\.state), [.locked])
            let session = try unlock(curtain, workspace)
            XCTAssertEqual(try session.drafts().map(\.draft.text), ["canary \(number)"])
            try session.discardDraft(id: draft)
        }
    }

    func testAfterAPanicTheWipeWorks() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace, agreed: false)
        phone.clock.orderPanic()
        XCTAssertThrowsCurtain(.Internal(code: 999)) { try ward.session.patients() }
        let session = try unlock(curtain, workspace)
        try phone.hospital.verify("receipt", try session.wipe(token: try fresh(session)))
    }

    func testAPanicInAnotherThreadIsNobodyElsesTrouble() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let (first, second) = (try phone.enrol(curtain), try phone.enrol(curtain))
        let (one, other) = (try Ward(curtain, first), try Ward(curtain, second))
        phone.clock.orderPanic()
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            XCTAssertThrowsCurtain(.Internal(code: 999)) { try one.session.patients() }
            done.signal()
        }
        done.wait()
        XCTAssertEqual(try other.session.patients().count, 16)
        XCTAssertEqual(Set(try curtain.workspaces().map(\.state)), [.locked, .unlocked])
    }
}
