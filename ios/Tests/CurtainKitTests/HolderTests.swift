import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// The kit's holder of the one session.
final class HolderTests: XCTestCase {
    func testWithoutASessionEveryUseAnswersLocked() throws {
        let (_, holder, id, ended) = try enrolled()
        XCTAssertEqual(holder.unlocked, [])
        XCTAssertThrowsCurtain(.Locked) { try holder.with(id) { try $0.patients() } }
        XCTAssertThrowsCurtain(.Locked) { try holder.wipe(id, token: "") }
        try holder.lock()
        try holder.suspend()
        try holder.tick()
        XCTAssertEqual(ended.total, 0)
    }

    func testALockIsToldOnceAndTheSessionIsFreed() throws {
        let (_, holder, id, ended) = try enrolled()
        try holder.unlock(id, Phone.typed())
        weak var session: Session?
        try holder.with(id) { session = $0 }
        XCTAssertNotNil(session)
        try holder.lock()
        XCTAssertNil(session)
        XCTAssertEqual(holder.unlocked, [])
        try holder.lock()
        XCTAssertThrowsCurtain(.Locked) { try holder.with(id) { try $0.patients() } }
        XCTAssertEqual(ended.total, 1)
    }

    func testASessionThatEndedByItselfIsLetGoByWhateverNoticesFirst() throws {
        let (phone, holder, id, ended) = try enrolled()
        let uses: [(SessionHolder) throws -> Void] = [
            { holder in XCTAssertThrowsCurtain(.Locked) { try holder.with(id) { try $0.patients() } } },
            { try $0.tick() }, { try $0.suspend() }, { try $0.lock() },
            { holder in XCTAssertThrowsCurtain(.Locked) { try holder.wipe(id, token: "") } },
            { holder in XCTAssertThrowsError(try holder.unlock(id, Phone.typed("wrong passcode"))) },
        ]
        for (number, use) in uses.enumerated() {
            try holder.unlock(id, Phone.typed())
            phone.clock.pass(ms: 200_000)
            try use(holder)
            XCTAssertEqual(holder.unlocked, [], "\(number)")
            XCTAssertEqual(ended.total, number + 1)
        }
    }

    func testAnErrorThatIsNoLockKeepsTheSession() throws {
        let (phone, holder, id, ended) = try enrolled()
        try holder.unlock(id, Phone.typed())
        XCTAssertThrowsCurtain(.NotFound) { try holder.with(id) { try $0.note(id: String(repeating: "0", count: 32)) } }
        phone.clock.fail(KeystoreError.NotNow)
        XCTAssertThrowsCurtain(.KeystoreNotNow) { try holder.with(id) { try $0.patients() } }
        phone.clock.fail(nil)
        XCTAssertEqual(try holder.with(id) { try $0.patients().count }, 0)
        XCTAssertEqual(ended.total, 0)
    }

    func testAnUnlockThatFailsEndsTheSessionBeforeAndOneThatSucceedsReplacesIt() throws {
        let (_, holder, id, ended) = try enrolled()
        try holder.unlock(id, Phone.typed())
        try holder.unlock(id, Phone.typed())
        XCTAssertEqual(ended.total, 0, "replaced: no lock screen in between")
        XCTAssertThrowsCurtain(.WrongPasscode(triesLeft: 9, delayMs: 0)) { try holder.unlock(id, Phone.typed("wrong passcode")) }
        XCTAssertEqual(ended.total, 1)
        XCTAssertEqual(holder.unlocked, [])
    }

    func testUnlocksFromManyThreadsLeaveALivingSession() throws {
        let (_, holder, id, ended) = try enrolled()
        let problems = Problems()
        try atOnce { _ in
            for _ in 0..<5 { problems.catching { try holder.unlock(id, Phone.typed()) } }
        }
        XCTAssertEqual(problems.all, [])
        XCTAssertEqual(try holder.with(id) { try $0.patients().count }, 0)
        XCTAssertEqual(ended.total, 0)
    }

    func testOffMainRunsElsewhereAndTheWipeEndsTheSession() async throws {
        let (phone, holder, id, ended) = try enrolled()
        let main = try await holder.offMain { holder in
            try holder.unlock(id, Phone.typed())
            return Thread.isMainThread
        }
        XCTAssertFalse(main)
        let receipt = try await holder.offMain { holder in try holder.wipe(id, token: try holder.with(id) { try fresh($0) }) }
        try phone.hospital.verify("receipt", receipt)
        XCTAssertEqual(holder.unlocked, [])
        XCTAssertEqual(ended.total, 1)
        do {
            try await holder.offMain { try $0.unlock(id, Phone.typed()) }
            XCTFail("an erased workspace opened")
        } catch {
            XCTAssertEqual(NextStep(after: error), .showReceipt)
        }
    }

    func testTwoWorkspacesAreLockedTogetherOrAlone() throws {
        let (phone, holder, first, ended) = try enrolled()
        let second = try phone.enrol(holder.curtain)
        try holder.unlock(first, Phone.typed())
        try holder.unlock(second, Phone.typed())
        XCTAssertEqual(holder.unlocked, [first, second])
        try holder.lock(second)
        XCTAssertEqual(holder.unlocked, [first])
        try holder.unlock(second, Phone.typed())
        phone.keystore.fail(KeystoreError.NotNow, on: [.seal])
        XCTAssertThrowsCurtain(.KeystoreNotNow) { try holder.lock() }
        XCTAssertEqual(holder.unlocked, [], "trouble with one keeps the other not open")
        XCTAssertEqual(ended.total, 3)
        phone.keystore.behave()
        XCTAssertEqual(Set(try holder.curtain.workspaces().map(\.state)), [.locked])
    }

    private func enrolled() throws -> (Phone, SessionHolder, String, Counter) {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let ended = Counter()
        return (phone, SessionHolder(curtain) { _ in ended.next() }, try phone.enrol(curtain), ended)
    }
}
