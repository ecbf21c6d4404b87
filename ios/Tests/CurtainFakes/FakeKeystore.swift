import CurtainCore
import Foundation

/// A keystore that stands for the phone's hardware: keys in memory, or in files of a directory so that they survive a killed
/// process. It can be told to fail, to throw, to be slow, to forget a key and to answer nonsense.
public final class FakeKeystore: Keystore, @unchecked Sendable {
    /// The calls of `Keystore`.
    public enum Call: CaseIterable, Sendable {
        case create, exists, delete, prf, seal, open, sign, publicKey, strength
    }

    /// An error that no keystore is meant to throw.
    public struct Unexpected: Error {
        /// Makes one.
        public init() {}
    }

    private struct Key {
        let purpose: KeyPurpose
        let bytes: Data
    }

    private let lock = NSLock()
    private let directory: URL?
    private let place: URL?
    private var keys: [String: Key] = [:]
    private var before: (@Sendable (Call, String) throws -> Void)?
    private var twist: (@Sendable (Call, Data) -> Data)?

    /// Keys in memory, or in files of `directory` when it is given. What is at `place` is removed with the keystore.
    public init(directory: URL? = nil, removing place: URL? = nil) throws {
        self.directory = directory
        self.place = place
        guard let directory else { return }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let bytes = try Data(contentsOf: directory.appendingPathComponent(name))
            guard let tag = bytes.first, let purpose = FakeKeystore.purposes[tag] else { continue }
            keys[name] = Key(purpose: purpose, bytes: bytes.dropFirst())
        }
    }

    deinit {
        if let place { try? FileManager.default.removeItem(at: place) }
    }

    /// Runs before every call, with the call and its alias, outside the keystore's lock: may throw, wait, or call Curtain.
    public func beforeCalls(_ hook: (@Sendable (Call, String) throws -> Void)?) {
        lock.withLock { before = hook }
    }

    /// Every call in `calls` throws `error` from now on.
    public func fail(_ error: any Error, on calls: Set<Call> = Set(Call.allCases)) {
        beforeCalls { call, _ in if calls.contains(call) { throw error } }
    }

    /// Changes what `prf`, `seal`, `open`, `sign` and `publicKey` answer.
    public func twistAnswers(_ hook: (@Sendable (Call, Data) -> Data)?) {
        lock.withLock { twist = hook }
    }

    /// No more trouble.
    public func behave() {
        beforeCalls(nil)
        twistAnswers(nil)
    }

    /// Every alias, sorted.
    public var aliases: [String] { lock.withLock { keys.keys.sorted() } }

    /// The phone loses keys, as hardware does when its owner changes the device passcode.
    public func forget(_ which: (String) -> Bool) {
        lock.withLock { keys.keys.filter(which).forEach { keys[$0] = nil } }
    }

    public func create(alias: String, purpose: KeyPurpose) throws {
        try enter(.create, alias)
        let bytes = try purpose == .sign ? SoftwareCrypto.makeSigningKey() : SoftwareCrypto.random(32)
        try lock.withLock {
            keys[alias] = Key(purpose: purpose, bytes: bytes)
            if let directory {
                let tag = FakeKeystore.purposes.first { $0.value == purpose }.map(\.key) ?? 0
                try (Data([tag]) + bytes).write(to: directory.appendingPathComponent(alias), options: .atomic)
            }
        }
    }

    public func exists(alias: String) throws -> Bool {
        try enter(.exists, alias)
        return lock.withLock { keys[alias] != nil }
    }

    public func delete(alias: String) throws {
        try enter(.delete, alias)
        try lock.withLock {
            guard keys.removeValue(forKey: alias) != nil, let directory else { return }
            try FileManager.default.removeItem(at: directory.appendingPathComponent(alias))
        }
    }

    public func prf(alias: String, input: Data) throws -> Data {
        try answer(.prf, alias, [.prf]) { try SoftwareCrypto.hmac($0, input) }
    }

    public func seal(alias: String, plaintext: Data) throws -> Data {
        try answer(.seal, alias, [.seal, .sealWithBiometry]) {
            try SoftwareCrypto.seal($0, plaintext, bound: Data(alias.utf8))
        }
    }

    public func `open`(alias: String, sealed: Data) throws -> Data {
        try answer(.open, alias, [.seal, .sealWithBiometry]) {
            // What does not authenticate is not damage of the key.
            do { return try SoftwareCrypto.open($0, sealed, bound: Data(alias.utf8)) } catch { throw KeystoreError.Unsupported }
        }
    }

    public func sign(alias: String, message: Data) throws -> Data {
        try answer(.sign, alias, [.sign]) { try SoftwareCrypto.sign($0, message) }
    }

    public func publicKey(alias: String) throws -> Data {
        try answer(.publicKey, alias, [.sign]) { try SoftwareCrypto.publicKey($0) }
    }

    public func strength() throws -> KeystoreStrength {
        try enter(.strength, "")
        return .software
    }

    private static let purposes: [UInt8: KeyPurpose] = [
        UInt8(ascii: "p"): .prf, UInt8(ascii: "s"): .seal, UInt8(ascii: "e"): .sign, UInt8(ascii: "b"): .sealWithBiometry,
    ]

    private func enter(_ call: Call, _ alias: String) throws {
        let hook = lock.withLock { before }
        try hook?(call, alias)
    }

    private func answer(
        _ call: Call, _ alias: String, _ purposes: [KeyPurpose], _ work: (Data) throws -> Data
    ) throws -> Data {
        try enter(call, alias)
        let (key, twist) = lock.withLock { (self.keys[alias], self.twist) }
        guard let key else { throw KeystoreError.PermanentlyGone }
        guard purposes.contains(key.purpose) else { throw KeystoreError.Unsupported }
        let said = try work(Data(key.bytes))
        return twist.map { $0(call, said) } ?? said
    }
}
