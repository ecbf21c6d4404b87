import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// Eight threads at once on one session and on Curtain.
final class ThreadTests: XCTestCase {
    private let rounds = 40

    func testEightThreadsLoseNoNoteAndEndWell() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        let draft = try ward.draft("")
        let again = try phone.hospital.policy()
        let (saved, strange) = (Counter(), Problems())
        let rounds = rounds
        try atOnce { worker in
            for round in 0..<rounds {
                strange.catching {
                    let text = "worker \(worker) round \(round)"
                    _ = try ward.session.saveNote(id: nil, patient: ward.patient, title: text, text: text)
                    saved.next()
                    try ward.session.typeDraft(id: draft, text: text, cursor: 0)
                    switch (worker + round) % 8 {
                    case 0: try curtain.tick()
                    case 1: _ = try curtain.workspaces()
                    case 2: _ = try curtain.deliver(document: again)
                    case 3: _ = try curtain.checkpoint(workspace: workspace)
                    case 4: _ = try ward.session.assess(text: Phone.allowed, request: ward.request)
                    case 5: _ = try ward.session.search(filter: SearchFilter(words: "round"))
                    case 6: _ = try ward.session.checklist()
                    default: try ward.session.tick()
                    }
                    _ = try ward.session.notes(patient: ward.patient)
                }
            }
        }
        XCTAssertEqual(strange.all, [])
        XCTAssertNil(try curtain.workspaces().first?.lastLock, "nothing locked")
        XCTAssertEqual(saved.total, 8 * rounds)
        try ward.session.lock()
        let session = try unlock(curtain, workspace)
        let titles = try session.notes(patient: ward.patient).map(\.title)
        XCTAssertEqual(titles.count, 8 * rounds, "no note is lost")
        XCTAssertEqual(Set(titles).count, 8 * rounds)
        XCTAssertTrue(try XCTUnwrap(session.drafts().first).draft.text.hasPrefix("worker "))
    }

    func testALockInTheMiddleIsTheEndForEverybody() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let ward = try Ward(curtain, workspace)
        let (saved, later, strange) = (Counter(), Counter(), Problems())
        try atOnce { worker in
            var locked = false
            for round in 0..<2_000 {
                if worker == 0, round == 25 { strange.catching { try ward.session.lock() } }
                do {
                    _ = try ward.session.saveNote(id: nil, patient: ward.patient, title: "", text: "\(worker) \(round)")
                    if locked { strange.add("an answer after Locked") }
                    saved.next()
                } catch CurtainError.Locked {
                    locked = true
                    if later.next() > 400 { return }
                } catch {
                    strange.add("\(error)")
                }
            }
        }
        XCTAssertEqual(strange.all, [])
        XCTAssertGreaterThan(later.total, 400)
        XCTAssertGreaterThanOrEqual(saved.total, 25)
        let session = try unlock(curtain, workspace)
        XCTAssertEqual(try session.notes(patient: ward.patient).count, saved.total, "what was answered is there, no more")
    }

    func testUnlocksAtOnceLeaveOneSession() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let (opened, strange) = (Sessions(), Problems())
        try atOnce { _ in
            for _ in 0..<5 { strange.catching { opened.add(try unlock(curtain, workspace)) } }
        }
        XCTAssertEqual(strange.all, [])
        let alive = opened.all.filter { (try? $0.patients()) != nil }
        XCTAssertEqual(opened.all.count, 40)
        XCTAssertEqual(alive.count, 1)
        for session in opened.all where session !== alive.first {
            XCTAssertThrowsCurtain(.Locked) { try session.patients() }
        }
    }
}

/// Runs `work` on eight threads; more than two minutes is a deadlock.
func atOnce(_ work: @escaping @Sendable (Int) -> Void) throws {
    let group = DispatchGroup()
    for worker in 0..<8 {
        group.enter()
        Thread.detachNewThread {
            work(worker)
            group.leave()
        }
    }
    XCTAssertEqual(group.wait(timeout: .now() + 120), .success, "a deadlock")
}

/// What went wrong, from any thread.
final class Problems: @unchecked Sendable {
    private let lock = NSLock()
    private var problems: [String] = []

    var all: [String] { lock.withLock { problems } }

    func add(_ problem: String) { lock.withLock { problems.append(problem) } }

    func catching(_ work: () throws -> Void) {
        do { try work() } catch { add("\(error)") }
    }
}

private final class Sessions: @unchecked Sendable {
    private let lock = NSLock()
    private var sessions: [Session] = []

    var all: [Session] { lock.withLock { sessions } }

    func add(_ session: Session) { lock.withLock { sessions.append(session) } }
}
