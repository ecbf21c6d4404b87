import CurtainCore
import Foundation

/// The machine's clocks, equal in every process, which a test can stop, turn, reboot, and make order a panic.
public final class FakeClock: Clock, @unchecked Sendable {
    private struct State {
        var passedMs: UInt64 = 0
        var wallShiftMs: Int64 = 0
        var boot = 0
        var bootedMs: UInt64 = 0
        var error: (any Error)?
        var panic = false
        var hook: (@Sendable () -> Void)?
    }

    private let lock = NSLock()
    private var state = State()

    /// A clock that runs.
    public init() {}

    /// Time passes, awake or asleep.
    public func pass(ms: UInt64) {
        lock.withLock { state.passedMs += ms }
    }

    /// The user sets the wall clock, by this much against the true time.
    public func shiftWall(ms: Int64) {
        lock.withLock { state.wallShiftMs = ms }
    }

    /// The phone restarts.
    public func reboot() {
        lock.withLock {
            state.boot += 1
            state.bootedMs = FakeClock.running() + state.passedMs
        }
    }

    /// Every reading throws this, until `nil`.
    public func fail(_ error: (any Error)?) {
        lock.withLock { state.error = error }
    }

    /// The next reading makes the call panic inside the rehearsal library, once.
    public func orderPanic() {
        lock.withLock { state.panic = true }
    }

    /// Runs at every reading.
    public func atReadings(_ hook: (@Sendable () -> Void)?) {
        lock.withLock { state.hook = hook }
    }

    public func now() throws -> Instant {
        let hook = lock.withLock { state.hook }
        hook?()
        return try lock.withLock {
            if let error = state.error { throw error }
            let running = FakeClock.running() + state.passedMs
            let boot = state.panic ? "dangerous: panic" : "boot \(state.boot)"
            state.panic = false
            return Instant(
                wallMs: FakeClock.wall() + Int64(clamping: state.passedMs) + state.wallShiftMs,
                sinceBootMs: running - state.bootedMs, bootId: boot)
        }
    }

    private static func running() -> UInt64 { DispatchTime.now().uptimeNanoseconds / 1_000_000 }
    private static func wall() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
