import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// A clock that fails, goes back, jumps ahead, or starts anew.
final class ClockTests: XCTestCase {
    private let text = "half a sentence 🙂"

    func testAClockThatFailsIsTypedAndLosesNothing() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let failures: [(any Error, CurtainError)] = [
            (KeystoreError.NotNow, .KeystoreNotNow), (KeystoreError.NeedsAuth, .KeystoreNeedsAuth),
            (KeystoreError.Unsupported, .KeystoreUnsupported), (KeystoreError.PermanentlyGone, .KeyGone),
            (FakeKeystore.Unexpected(), .KeystoreNotNow),
        ]
        for (thrown, expected) in failures {
            let ward = try Ward(curtain, workspace)
            let draft = try ward.draft(text)
            phone.clock.fail(thrown)
            XCTAssertThrowsCurtain(expected) { try ward.session.patients() }
            XCTAssertThrowsCurtain(expected) { try ward.session.tick() }
            XCTAssertThrowsCurtain(expected) { try curtain.tick() }
            XCTAssertThrowsCurtain(expected) { try curtain.workspaces() }
            XCTAssertThrowsCurtain(expected) { try unlock(curtain, workspace) }
            try ward.session.lock()
            phone.clock.fail(nil)
            XCTAssertThrowsCurtain(.Locked) { try ward.session.patients() }
            let session = try unlock(curtain, workspace)
            XCTAssertEqual(try session.drafts().map(\.draft.text), [text])
            try session.discardDraft(id: draft)
        }
    }

    func testAClockThatGoesBackLocksAndTheRightPasscodeOpens() throws {
        try locks(.clockBack) { $0.clock.shiftWall(ms: -3_600_000) }
    }

    func testAClockThatJumpsAheadLocks() throws {
        try locks(.idle) { $0.clock.shiftWall(ms: 86_400_000) }
    }

    func testTimeAsleepLocks() throws {
        try locks(.idle) { $0.clock.pass(ms: 120_000) }
    }

    func testARebootLocks() throws {
        try locks(.restart) { $0.clock.reboot() }
    }

    func testNobodyIsLockedOutByAClockBeforeHisTimeOrAfterIt() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        for years: Int64 in [-30, 30, 0] {
            phone.clock.shiftWall(ms: years * 365 * 86_400_000)
            _ = try unlock(curtain, workspace).patients()
        }
    }

    private func locks(_ cause: LockCause, _ turn: (Phone) -> Void) throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        _ = try ward.draft(text)
        turn(phone)
        XCTAssertThrowsCurtain(.Locked) { try ward.session.patients() }
        let info = try XCTUnwrap(curtain.workspaces().first)
        XCTAssertEqual(info.lastLock, cause)
        XCTAssertEqual(info.counts.drafts, 1)
        XCTAssertEqual(try unlock(curtain, workspace).drafts().map(\.draft.text), [text])
    }
}
