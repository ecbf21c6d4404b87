import CurtainCore
import CurtainKit
import Foundation

/// A phone with a hospital. Its directory goes with its keystore, which Curtain holds.
public final class Phone: Sendable {
    /// The passcode of every workspace.
    public static let passcode = "four calm herons wade"
    /// A text that may go to a patient who agreed.
    public static let allowed =
        "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit."

    /// Where everything is.
    public let place: URL
    /// Its hardware.
    public let keystore: FakeKeystore
    /// Its clock.
    public let clock: FakeClock
    /// Its institution.
    public let hospital: Hospital

    /// A new phone, or the one in `place` with keys in files.
    public init(at place: URL? = nil) throws {
        let own = FileManager.default.temporaryDirectory.appendingPathComponent("curtain-\(UUID().uuidString)")
        self.place = place ?? own
        try FileManager.default.createDirectory(at: self.place, withIntermediateDirectories: true)
        keystore = try FakeKeystore(
            directory: place?.appendingPathComponent("keys"), removing: place == nil ? own : nil)
        clock = FakeClock()
        hospital = try Hospital(directory: self.place.appendingPathComponent("hospital"))
    }

    /// Curtain's directory.
    public var files: URL { place.appendingPathComponent("phone") }

    /// Opens Curtain, as an app does at its start.
    public func curtain() throws -> Curtain {
        try Curtain.open(directory: files.path, keystore: keystore, clock: clock)
    }

    /// From request to the policy in force; gives the workspace's id.
    public func enrol(_ curtain: Curtain) throws -> String {
        let enrolment = try hospital.enrol(try curtain.request().document)
        let workspace = try Phone.typed().spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }.id
        guard try curtain.deliver(document: try hospital.policy()) == .done else { throw FakeKeystore.Unexpected() }
        return workspace
    }

    /// A passcode as typed on the screen.
    public static func typed(_ text: String = Phone.passcode) -> Passcode {
        let passcode = Passcode()
        text.unicodeScalars.forEach { passcode.append($0) }
        return passcode
    }

    /// The FHIR bundle of patients.
    public static func patients() throws -> Data {
        try Data(contentsOf: Hospital.tree.appendingPathComponent("tests/fixtures/patients.json"))
    }

    /// Every file below Curtain's directory with its bytes.
    public func snapshot() throws -> [String: Data] {
        var found: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: files.path) {
            let file = files.appendingPathComponent(path)
            var isDirectory: ObjCBool = false
            let there = FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory)
            if there, !isDirectory.boolValue { found[path] = try Data(contentsOf: file) }
        }
        return found
    }
}

/// An unlocked workspace with the fixture's patients, and one of them who has a phone and agreed to texts.
public struct Ward: Sendable {
    /// The session.
    public let session: Session
    /// The patient's id.
    public let patient: String
    /// The patient's number.
    public let number: String
    /// Its last four digits.
    public var lastFour: String { String(number.filter(\.isNumber).suffix(4)) }

    /// Unlocks, imports the patients if they aren't there, and records the consent if `agreed`.
    public init(_ curtain: Curtain, _ workspace: String, agreed: Bool = true) throws {
        try self.init(try Phone.typed().spend { try curtain.unlock(workspace: workspace, passcode: $0) })
        if agreed { try agree() }
    }

    /// The same on the session that a holder has.
    public init(_ holder: SessionHolder, _ workspace: String) throws {
        self = try holder.with(workspace) { try Ward($0) }
        try agree()
    }

    private init(_ session: Session) throws {
        if try session.patients().isEmpty { _ = try session.importPatients(bundle: try Phone.patients()) }
        for summary in try session.patients() where !summary.deceased {
            let contacts = try session.patient(id: summary.id).contacts
            guard let contact = contacts.first(where: { $0.kind == .phone && !$0.old }) else { continue }
            (self.session, patient, number) = (session, summary.id, contact.value)
            return
        }
        throw CurtainError.NotFound
    }

    /// The patient agrees to texts about logistics.
    public func agree() throws {
        _ = try session.recordConsent(
            form: ConsentForm(
                patient: patient, channel: .sms, address: number, allowed: .logistics, lang: .en,
                alternatives: [.portal, .phone], basis: .patientRequest, how: .inPerson, witness: nil, interpreter: nil))
    }

    /// A text message to this patient.
    public var request: AssessRequest {
        AssessRequest(
            patient: patient, channel: .sms, audience: .patient, address: number, roster: nil, attachments: [], lang: .en)
    }

    /// A draft with this text, still unwritten.
    public func draft(_ text: String) throws -> String {
        let id = try session.newDraft(patient: patient, channel: .sms, audience: .patient)
        try session.typeDraft(id: id, text: text, cursor: UInt32(clamping: text.utf16.count))
        return id
    }
}
