import Foundation

/// The institution: the desk program `curtain`, run as its staff would. Its path comes from CURTAIN_DESK.
public struct Hospital: Sendable {
    /// The desk program said no.
    public struct Refused: Error {
        /// What it was asked.
        public let command: String
        /// What it answered.
        public let said: String
    }

    /// Where its keys, counters and register are.
    public let keys: URL
    private let desk: URL

    /// The tree of this repository.
    public static let tree = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The hospital in `directory`, founded if it isn't there.
    public init(directory: URL) throws {
        keys = directory
        guard let path = ProcessInfo.processInfo.environment["CURTAIN_DESK"] else {
            throw Refused(command: "CURTAIN_DESK", said: "names no desk program")
        }
        desk = URL(fileURLWithPath: path)
        if !FileManager.default.fileExists(atPath: directory.path) {
            try run("key", "init", "--name", "St. Alder", "--out", directory.path)
        }
    }

    /// Answers a phone's request.
    public func enrol(_ request: Data) throws -> Data {
        try signed("enrol", try file(request), "--clinician", "Dr. Lee")
    }

    /// The next version of the policy `us-hipaa`, changed by `edit` before it is signed.
    public func policy(_ edit: (String) -> String = { $0 }) throws -> Data {
        let pack = Hospital.tree.appendingPathComponent("core/src/policy/packs/us-hipaa.json")
        return try signed("policy", "sign", try file(Data(edit(try String(contentsOf: pack, encoding: .utf8)).utf8)))
    }

    /// The next lease of a phone.
    public func lease(_ enrolment: String, days: Int = 30) throws -> Data {
        try signed("lease", "sign", enrolment, "--days", "\(days)")
    }

    /// An order to erase.
    public func orderWipe(_ enrolment: String) throws -> Data {
        try signed("order", "wipe", enrolment, "--reason", "phone lost")
    }

    /// An order that ends the block after too many guesses.
    public func orderUnlock(_ enrolment: String) throws -> Data {
        try signed("order", "unlock", enrolment, "--reason", "forgotten passcode")
    }

    /// Verifies the receipt, then orders that it has arrived.
    public func acknowledge(_ receipt: Data) throws -> Data {
        try signed("order", "acknowledge", try file(receipt))
    }

    /// `curtain verify WHAT`; gives what the desk says, throws when it doesn't verify.
    @discardableResult
    public func verify(_ what: String, _ document: Data, _ more: String...) throws -> String {
        let file = try file(document)
        return try run(["verify", what, file, "--register", keys.appendingPathComponent("register").path] + more)
    }

    /// Opens what a phone sealed for the `recipient` (export, audit).
    public func open(_ sealed: Data, for recipient: String) throws -> Data {
        let identity = keys.appendingPathComponent("recipient-\(recipient)-1.age").path
        let out = scratch()
        try run("open", try file(sealed), "--identity", identity, "--out", out.path)
        return try Data(contentsOf: out)
    }

    /// A file with these bytes, for the desk to read.
    public func file(_ bytes: Data) throws -> String {
        let file = scratch()
        try bytes.write(to: file)
        return file.path
    }

    private func scratch() -> URL {
        keys.deletingLastPathComponent().appendingPathComponent("desk-\(UUID().uuidString)")
    }

    private func signed(_ command: String...) throws -> Data {
        let out = scratch()
        try run(command + ["--keys", keys.path, "--out", out.path])
        return try Data(contentsOf: out)
    }

    @discardableResult
    private func run(_ command: String...) throws -> String { try run(command) }

    @discardableResult
    private func run(_ command: [String]) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = desk
        process.arguments = command
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Refused(command: command.joined(separator: " "), said: said)
        }
        return said
    }
}
