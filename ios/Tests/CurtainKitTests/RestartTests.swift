import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// A process that is killed right after each step of the day, and once inside the wipe: the next one finds it as it was.
final class RestartTests: XCTestCase {
    func testADayWhoseProcessIsKilledAfterEveryStep() throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("curtain-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }

        try killed(after: "request", in: place)
        try next(place) { _, curtain in XCTAssertEqual(try curtain.workspaces(), []) }
        try killed(after: "enrol", in: place)
        try next(place) { _, curtain in XCTAssertEqual(try curtain.workspaces().map(\.state), [.locked]) }
        try killed(after: "documents", in: place)
        try killed(after: "patients", in: place)
        try ward(place) { XCTAssertEqual(try $0.session.patients().count, 16) }
        try ward(place) {
            let standing = try $0.session.consentStanding(patient: $0.patient, channel: .sms, address: $0.number)
            XCTAssertEqual(standing, .notAsked)
        }
        try killed(after: "consent", in: place)
        try ward(place) {
            let standing = try $0.session.consentStanding(patient: $0.patient, channel: .sms, address: $0.number)
            guard case .inForce = standing else { return XCTFail("\(standing)") }
        }
        try killed(after: "ticked", in: place)
        try ward(place) { XCTAssertEqual(try $0.session.drafts().map(\.draft.text), [Phone.allowed]) }
        try killed(after: "suspended", in: place)
        try ward(place) {
            XCTAssertEqual(Set(try $0.session.drafts().map(\.draft.text)), [Phone.allowed, "suspended 🙂"])
        }
        try killed(after: "handed", in: place)
        try ward(place) {
            XCTAssertEqual(try $0.session.drafts(), [])
            XCTAssertEqual(try $0.session.messages(patient: $0.patient).map(\.message.outcome), [.unknown])
        }
        try killed(after: "outcome", in: place)
        try killed(after: "note", in: place)
        try ward(place) {
            XCTAssertEqual(try $0.session.messages(patient: $0.patient).map(\.message.outcome), [.sent])
            XCTAssertEqual(try $0.session.notes(patient: $0.patient).map(\.title), ["Ward"])
            XCTAssertEqual(try $0.session.chartItems().count, 3)
        }
        try killed(after: "filed", in: place)
        try ward(place) { XCTAssertEqual(try $0.session.checklist().`open`, []) }
        try killed(after: "wipe cut", in: place)
        try next(place) { phone, curtain in
            XCTAssertEqual(try curtain.workspaces().map(\.state), [.erased], "the next start goes on")
            let receipt = try XCTUnwrap(curtain.receipt(workspace: XCTUnwrap(curtain.workspaces().first).id))
            try phone.hospital.verify("receipt", receipt)
        }
        try killed(after: "acknowledged", in: place)
        try next(place) { phone, curtain in
            XCTAssertEqual(try curtain.workspaces(), [])
            XCTAssertEqual(try phone.snapshot(), [:], "nothing is left")
            XCTAssertEqual(phone.keystore.aliases, [])
        }
    }

    /// What the next process sees.
    private func next(_ place: URL, _ look: (Phone, Curtain) throws -> Void) throws {
        let phone = try Phone(at: place)
        try look(phone, try phone.curtain())
    }

    private func ward(_ place: URL, _ look: (Ward) throws -> Void) throws {
        try next(place) { _, curtain in
            let workspace = try XCTUnwrap(curtain.workspaces().first).id
            try look(try Ward(curtain, workspace, agreed: false))
        }
    }

    private func killed(after step: String, in place: URL) throws {
        let process = Process()
        process.executableURL = built.appendingPathComponent("curtain-day-step")
        process.arguments = [step, place.path]
        try process.run()
        process.waitUntilExit()
        XCTAssertEqual(process.terminationReason, .uncaughtSignal, step)
        XCTAssertEqual(process.terminationStatus, SIGKILL, step)
    }

    /// Where SwiftPM puts what it builds.
    private var built: URL {
        #if os(Linux)
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        #else
        Bundle(for: RestartTests.self).bundleURL.deletingLastPathComponent()
        #endif
    }
}
