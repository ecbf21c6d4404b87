import CurtainCore
import Foundation

/// A passcode while it is typed: one fixed buffer outside the managed heap, which is zero after every use.
///
/// It never makes a `String`: strings are copied as the runtime likes and nobody can wipe them. Feed it from a keypad, or from
/// a text field's `shouldChangeCharactersIn`, scalar by scalar. Calls may come from any thread.
public final class Passcode: @unchecked Sendable {
    /// The longest passcode, in bytes of UTF-8.
    public static let maximumBytes = 512

    // Data copies what it can store inline, if it starts at offset 0; a slice that starts later is always lent.
    private static let offset = 1
    private let buffer: UnsafeMutableRawPointer
    private let lock = NSLock()
    private var used = 0
    private var scalars = 0
    private var lent = false

    /// An empty passcode.
    public init() {
        buffer = UnsafeMutableRawPointer.allocate(byteCount: Passcode.offset + Passcode.maximumBytes, alignment: 16)
        zero()
    }

    deinit {
        zero()
        buffer.deallocate()
    }

    /// How many scalars were typed: for the dots on the screen.
    public var length: Int { lock.withLock { scalars } }

    /// Whether nothing was typed.
    public var isEmpty: Bool { length == 0 }

    /// Takes one more scalar. `false`, and nothing is changed, when the buffer is full or just being spent.
    @discardableResult
    public func append(_ scalar: Unicode.Scalar) -> Bool {
        guard let bytes = UTF8.encode(scalar) else { return false }
        return lock.withLock {
            guard !lent, used + bytes.count <= Passcode.maximumBytes else { return false }
            for byte in bytes {
                buffer.storeBytes(of: byte, toByteOffset: Passcode.offset + used, as: UInt8.self)
                used += 1
            }
            scalars += 1
            return true
        }
    }

    /// Takes the last scalar back.
    public func backspace() {
        lock.withLock {
            guard !lent, used > 0 else { return }
            scalars -= 1
            while used > 0 {
                used -= 1
                let byte = buffer.load(fromByteOffset: Passcode.offset + used, as: UInt8.self)
                buffer.storeBytes(of: 0, toByteOffset: Passcode.offset + used, as: UInt8.self)
                // A byte 10xxxxxx continues a scalar (RFC 3629); any other one begins it.
                if byte & 0b1100_0000 != 0b1000_0000 { break }
            }
        }
    }

    /// Forgets everything typed. While it is being spent nothing happens: it is zero right after.
    public func clear() {
        lock.withLock { if !lent { zero() } }
    }

    /// Lends the bytes to one call, without copying them, and zeroes them afterwards, also when the call throws.
    /// The `Data` ends with the call: never keep it. Throws `CurtainError.Busy` while another call has them.
    public func spend<T>(_ call: (Data) throws -> T) throws -> T {
        let typed = try lock.withLock {
            if lent { throw CurtainError.Busy }
            lent = true
            return Passcode.offset..<(Passcode.offset + used)
        }
        defer {
            lock.withLock {
                zero()
                lent = false
            }
        }
        let whole = Data(bytesNoCopy: buffer, count: Passcode.offset + Passcode.maximumBytes, deallocator: .none)
        return try call(whole[typed])
    }

    /// Where the bytes are: for the tests that look whether they are zero.
    var storage: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: buffer, count: Passcode.offset + Passcode.maximumBytes)
    }

    private func zero() {
        let size = Passcode.offset + Passcode.maximumBytes
        // Neither call is removed by the optimiser.
        #if canImport(Darwin)
        memset_s(buffer, size, 0, size)
        #else
        explicit_bzero(buffer, size)
        #endif
        used = 0
        scalars = 0
    }
}
