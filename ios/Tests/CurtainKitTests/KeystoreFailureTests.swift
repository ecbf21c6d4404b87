import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// A keystore that misbehaves: every failure arrives typed, nothing typed is lost, and afterwards the day goes on.
final class KeystoreFailureTests: XCTestCase {
    private let text = "half a sentence, señora 🙂"
    private let failures: [(any Error, CurtainError)] = [
        (KeystoreError.PermanentlyGone, .KeyGone), (KeystoreError.NeedsAuth, .KeystoreNeedsAuth),
        (KeystoreError.NotNow, .KeystoreNotNow), (KeystoreError.Unsupported, .KeystoreUnsupported),
        (FakeKeystore.Unexpected(), .KeystoreNotNow), (CurtainError.Locked, .KeystoreNotNow),
    ]

    func testAFailureAtUnlockArrivesTypedAndCostsNoGuess() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        for (thrown, expected) in failures {
            phone.keystore.fail(thrown, on: [.prf])
            XCTAssertThrowsCurtain(expected, "\(thrown)") { try unlock(curtain, workspace) }
            XCTAssertThrowsCurtain(expected, "\(thrown)") { try unlock(curtain, workspace, "a wrong passcode") }
            phone.keystore.behave()
            XCTAssertEqual(try curtain.workspaces().map(\.triesLeft), [10], "\(thrown)")
            _ = try unlock(curtain, workspace)
        }
    }

    func testAFailureAtRequestAndEnrolmentArrivesTypedAndEnrollingGoesOn() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        for (thrown, expected) in failures {
            phone.keystore.fail(thrown, on: [.create])
            XCTAssertThrowsCurtain(expected, "\(thrown)") { try curtain.request() }
        }
        phone.keystore.behave()
        let enrolment = try phone.hospital.enrol(try curtain.request().document)
        for (thrown, expected) in failures {
            phone.keystore.fail(thrown, on: [.create])
            XCTAssertThrowsCurtain(expected, "\(thrown)") {
                try Phone.typed().spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }
            }
        }
        phone.keystore.behave()
        let info = try Phone.typed().spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }
        _ = try unlock(curtain, info.id)
    }

    func testAFailureAtLockDropsTheKeysAndLosesNothingTyped() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        for (number, (thrown, expected)) in failures.enumerated() {
            let ward = try Ward(curtain, workspace)
            let draft = try ward.draft("\(text) \(number)")
            phone.keystore.fail(thrown)
            XCTAssertThrowsCurtain(expected, "\(thrown)") { try ward.session.lock() }
            XCTAssertThrowsCurtain(.Locked) { try ward.session.drafts() }
            phone.keystore.behave()
            let session = try unlock(curtain, workspace)
            let drafts = try session.drafts()
            XCTAssertEqual(drafts.map(\.draft.text), ["\(text) \(number)"], "\(thrown)")
            try session.discardDraft(id: draft)
        }
    }

    /// Whatever fails in the middle of typing, ticking, handing off and filing: an answer of this list, and the day goes on.
    func testTroubleAtAnyOneCallOfAnHourLosesNothing() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        let expected: Set<CurtainError> = [.KeystoreNotNow, .Locked]
        var met = 0
        for failing in 1...12 {
            let calls = Counter()
            phone.keystore.beforeCalls { _, _ in if calls.next() == failing { throw KeystoreError.NotNow } }
            let session = try retrying(expected, &met) { try unlock(curtain, workspace) }
            let draft = try retrying(expected, &met) {
                try session.newDraft(patient: ward.patient, channel: .sms, audience: .patient)
            }
            let typed = "\(text) \(failing)"
            try retrying(expected, &met) { try session.typeDraft(id: draft, text: typed, cursor: 0) }
            phone.clock.pass(ms: 300)
            try retrying(expected, &met) { try session.tick() }
            do { try session.suspend() } catch let error as CurtainError where expected.contains(error) { met += 1 }
            phone.keystore.behave()
            let again = try unlock(curtain, workspace)
            XCTAssertEqual(try again.drafts().first { $0.id == draft }?.draft.text, typed)
            try again.discardDraft(id: draft)
        }
        XCTAssertGreaterThan(met, 6, "the faults were met")
    }

    func testASlowKeystoreHoldsUpNobodyElsesWorkspace() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let (slow, quick) = (try phone.enrol(curtain), try phone.enrol(curtain))
        let (reached, go, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        phone.keystore.beforeCalls { call, alias in
            guard call == .prf, alias.hasPrefix(slow) else { return }
            reached.signal()
            go.wait()
        }
        Thread.detachNewThread {
            let unlocked = try? unlock(curtain, slow)
            XCTAssertNotNil(unlocked)
            done.signal()
        }
        XCTAssertEqual(reached.wait(timeout: .now() + 20), .success)
        let ward = try Ward(curtain, quick)
        _ = try ward.draft(text)
        try ward.session.lock()
        XCTAssertEqual(done.wait(timeout: .now()), .timedOut, "the slow call still runs")
        phone.keystore.behave()
        go.signal()
        XCTAssertEqual(done.wait(timeout: .now() + 20), .success)
        XCTAssertEqual(Set(try curtain.workspaces().map(\.state)), [.unlocked, .locked])
    }

    func testAForgottenKeyIsToldAndNothingIsMadeAnew() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        _ = try ward.draft(text)
        try ward.session.lock()
        phone.keystore.forget { $0.contains("pepper") }
        let (files, keys) = (try phone.snapshot(), phone.keystore.aliases)
        XCTAssertFalse(files.isEmpty)
        for _ in 0..<3 {
            XCTAssertThrowsCurtain(.KeyGone) { try unlock(curtain, workspace) }
        }
        XCTAssertEqual(try phone.snapshot(), files, "no file was touched")
        XCTAssertEqual(phone.keystore.aliases, keys, "no key was made")
        XCTAssertEqual(try curtain.workspaces().map(\.triesLeft), [10])
    }

    func testAPhoneThatForgotKeysBetweenStartsShowsItAndTouchesNothing() throws {
        let cases: [(String, WorkspaceState, CurtainError)] = [
            ("", .otherPhone, .OtherPhone), (".anchor", .rolledBack, .RolledBack),
        ]
        for (forgotten, shown, expected) in cases {
            let phone = try Phone()
            let workspace: String
            do {
                let curtain = try phone.curtain()
                workspace = try phone.enrol(curtain)
                try Ward(curtain, workspace).session.lock()
            }
            phone.keystore.forget { forgotten.isEmpty || $0.contains(forgotten) }
            let (files, keys) = (try phone.snapshot(), phone.keystore.aliases)
            let curtain = try phone.curtain()
            XCTAssertEqual(try curtain.workspaces().map(\.state), [shown])
            XCTAssertThrowsCurtain(expected) { try unlock(curtain, workspace) }
            try? curtain.tick()
            XCTAssertEqual(try phone.snapshot(), files, "no file was touched")
            XCTAssertEqual(phone.keystore.aliases, keys, "no key was made")
        }
    }

    func testAnswersOfTheWrongLengthAndGarbageAreTypedAndLoseNothing() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let twists: [@Sendable (Data) -> Data] = [
            { _ in Data() }, { $0.dropLast() }, { $0 + [0] }, { Data($0.reversed()) },
            { Data(repeating: 0, count: $0.count) }, { _ in Data(repeating: 7, count: 1_000_000) },
        ]
        for call in [FakeKeystore.Call.prf, .seal, .open, .sign, .publicKey] {
            for (number, twisted) in twists.enumerated() {
                let ward = try Ward(curtain, workspace)
                let draft = try ward.draft("\(text) \(number)")
                phone.keystore.twistAnswers { asked, said in asked == call ? twisted(said) : said }
                let answers = [
                    answer { try ward.session.lock() }, answer { try unlock(curtain, workspace) },
                    answer { try curtain.request() }, answer { try curtain.checkpoint(workspace: workspace) },
                ]
                for case .some(let error) in answers {
                    let fits = [.KeystoreNotNow, .KeystoreUnsupported, .KeyGone, .Damaged, .RolledBack].contains(error)
                    let named = if case .Invalid = error { true } else { false }
                    XCTAssertTrue(fits || named, "\(call) \(number): \(error)")
                }
                phone.keystore.behave()
                let session = try unlock(curtain, workspace)
                XCTAssertEqual(try session.drafts().map(\.draft.text), ["\(text) \(number)"], "\(call) \(number)")
                try session.discardDraft(id: draft)
            }
        }
    }

    private func answer<T>(_ call: () throws -> T) -> CurtainError? {
        do {
            _ = try call()
            return nil
        } catch let error as CurtainError {
            return error
        } catch {
            XCTFail("not typed: \(error)")
            return nil
        }
    }

    /// Calls again after a failure of this list, as a shell does.
    private func retrying<T>(_ expected: Set<CurtainError>, _ met: inout Int, _ call: () throws -> T) throws -> T {
        for _ in 0..<5 {
            do {
                return try call()
            } catch let error as CurtainError where expected.contains(error) {
                met += 1
            }
        }
        return try call()
    }
}

/// Counts, from any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    /// The next number, from 1.
    @discardableResult
    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }

    /// How many there were.
    var total: Int { lock.withLock { count } }
}
