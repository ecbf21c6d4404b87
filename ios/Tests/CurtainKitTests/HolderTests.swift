import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// The kit's holder of the one session.
final class HolderTests: XCTestCase {
    func testWithoutASessionEveryUseAnswersLocked() throws {
        let (_, holder, ended) = try enrolled()
        XCTAssertFalse(holder.isUnlocked)
        XCTAssertThrowsCurtain(.Locked) { try holder.with { try $0.patients() } }
        XCTAssertThrowsCurtain(.Locked) { try holder.wipe(token: "") }
        try holder.lockNow()
        try holder.suspend()
        try holder.tick()
        XCTAssertEqual(ended.total, 0)
    }

    func testALockIsToldOnceAndTheSessionIsFreed() throws {
        let (_, holder, ended) = try enrolled()
        try holder.unlock(Phone.typed())
        weak var session: Session?
        try holder.with { session = $0 }
        XCTAssertNotNil(session)
        try holder.lockNow()
        XCTAssertNil(session)
        XCTAssertFalse(holder.isUnlocked)
        try holder.lockNow()
        XCTAssertThrowsCurtain(.Locked) { try holder.with { try $0.patients() } }
        XCTAssertEqual(ended.total, 1)
    }

    func testASessionThatEndedByItselfIsLetGoByWhateverNoticesFirst() throws {
        let (phone, holder, ended) = try enrolled()
        let uses: [(SessionHolder) throws -> Void] = [
            { holder in XCTAssertThrowsCurtain(.Locked) { try holder.with { try $0.patients() } } },
            { try $0.tick() }, { try $0.suspend() }, { try $0.lockNow() },
            { holder in XCTAssertThrowsCurtain(.Locked) { try holder.wipe(token: "") } },
            { holder in XCTAssertThrowsError(try holder.unlock(Phone.typed("wrong passcode"))) },
        ]
        for (number, use) in uses.enumerated() {
            try holder.unlock(Phone.typed())
            phone.clock.pass(ms: 200_000)
            try use(holder)
            XCTAssertFalse(holder.isUnlocked, "\(number)")
            XCTAssertEqual(ended.total, number + 1)
        }
    }

    func testAnErrorThatIsNoLockKeepsTheSession() throws {
        let (phone, holder, ended) = try enrolled()
        try holder.unlock(Phone.typed())
        XCTAssertThrowsCurtain(.NotFound) { try holder.with { try $0.note(id: String(repeating: "0", count: 32)) } }
        phone.clock.fail(KeystoreError.NotNow)
        XCTAssertThrowsCurtain(.KeystoreNotNow) { try holder.with { try $0.patients() } }
        phone.clock.fail(nil)
        XCTAssertEqual(try holder.with { try $0.patients().count }, 0)
        XCTAssertEqual(ended.total, 0)
    }

    func testAnUnlockThatFailsEndsTheSessionBeforeAndOneThatSucceedsReplacesIt() throws {
        let (_, holder, ended) = try enrolled()
        try holder.unlock(Phone.typed())
        try holder.unlock(Phone.typed())
        XCTAssertEqual(ended.total, 0, "replaced: no lock screen in between")
        XCTAssertThrowsCurtain(.WrongPasscode(triesLeft: 9, delayMs: 0)) { try holder.unlock(Phone.typed("wrong passcode")) }
        XCTAssertEqual(ended.total, 1)
        XCTAssertFalse(holder.isUnlocked)
    }

    func testUnlocksFromManyThreadsLeaveALivingSession() throws {
        let (_, holder, ended) = try enrolled()
        let problems = Problems()
        try atOnce { _ in
            for _ in 0..<5 { problems.catching { try holder.unlock(Phone.typed()) } }
        }
        XCTAssertEqual(problems.all, [])
        XCTAssertEqual(try holder.with { try $0.patients().count }, 0)
        XCTAssertEqual(ended.total, 0)
    }

    func testOffMainRunsElsewhereAndTheWipeEndsTheSession() async throws {
        let (phone, holder, ended) = try enrolled()
        let main = try await holder.offMain { holder in
            try holder.unlock(Phone.typed())
            return Thread.isMainThread
        }
        XCTAssertFalse(main)
        let receipt = try await holder.offMain { holder in try holder.wipe(token: try holder.with { try fresh($0) }) }
        try phone.hospital.verify("receipt", receipt)
        XCTAssertFalse(holder.isUnlocked)
        XCTAssertEqual(ended.total, 1)
        do {
            try await holder.offMain { try $0.unlock(Phone.typed()) }
            XCTFail("an erased workspace opened")
        } catch {
            XCTAssertEqual(NextStep(after: error), .showReceipt)
        }
    }

    private func enrolled() throws -> (Phone, SessionHolder, Counter) {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let ended = Counter()
        let holder = SessionHolder(curtain: curtain, workspace: try phone.enrol(curtain)) { ended.next() }
        return (phone, holder, ended)
    }
}
