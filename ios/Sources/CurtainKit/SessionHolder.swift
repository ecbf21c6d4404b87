import CurtainCore
import Foundation

/// Holds the one session of a workspace, and lets go of it as soon as it has ended.
///
/// A final class with a lock, not an actor: calls of Curtain block, and an actor would block a thread of Swift's small pool.
/// The lock guards the reference only and is never held during a call. Calls may come from any thread.
public final class SessionHolder: @unchecked Sendable {
    /// The app's one Curtain.
    public let curtain: Curtain
    /// The workspace's id.
    public let workspace: String

    private let lock = NSLock()
    private let unlocking = NSLock()
    private var session: Session?
    private let onLocked: @Sendable () -> Void
    private let queue = DispatchQueue(label: "curtain", qos: .userInitiated, attributes: .concurrent)

    /// A holder without a session. `onLocked` is called once for each session that ended with no other one in its place,
    /// on the thread that noticed: show the lock screen (on the main actor), and drop every screen with a patient's data.
    public init(curtain: Curtain, workspace: String, onLocked: @escaping @Sendable () -> Void = {}) {
        self.curtain = curtain
        self.workspace = workspace
        self.onLocked = onLocked
    }

    /// Whether a session is held. It may have ended without anybody noticing yet: `tick` notices.
    public var isUnlocked: Bool { lock.withLock { session != nil } }

    /// One guess. Blocks for tenths of a second: not on the main thread, see `offMain`. The passcode is zero afterwards.
    public func unlock(_ passcode: Passcode) throws {
        // Curtain ends the session that is open before it looks at the passcode; so does this holder.
        unlocking.lock()
        defer { unlocking.unlock() }
        let before = lock.withLock { session }
        defer { if let before, !isAlive(before) { letGo(of: before) } }
        let opened = try passcode.spend { try curtain.unlock(workspace: workspace, passcode: $0) }
        lock.withLock { session = opened }
    }

    /// Runs calls on the session. Throws `CurtainError.Locked` when there is none; a session that answers so is let go of.
    public func with<T>(_ calls: (Session) throws -> T) throws -> T {
        guard let current = lock.withLock({ session }) else { throw CurtainError.Locked }
        do {
            return try calls(current)
        } catch {
            if !isAlive(current) { letGo(of: current) }
            throw error
        }
    }

    /// Runs blocking work on a background queue: `try await holder.offMain { try $0.unlock(passcode) }`.
    public func offMain<T: Sendable>(_ work: @escaping @Sendable (SessionHolder) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { done in
            queue.async { done.resume(with: Result { try work(self) }) }
        }
    }

    /// Locks now; typed text is written first. Without a session nothing happens.
    public func lockNow() throws {
        guard let current = lock.withLock({ session }) else { return }
        defer { if !isAlive(current) { letGo(of: current) } }
        try current.lock()
    }

    /// The app leaves the foreground: locks where the rules say so, else writes what was typed.
    public func suspend() throws {
        guard let current = lock.withLock({ session }) else { return }
        defer { if !isAlive(current) { letGo(of: current) } }
        try current.suspend()
    }

    /// 250 ms after the last key and about once a second: writes what was typed, and notices a lock that is due.
    public func tick() throws {
        guard let current = lock.withLock({ session }) else { return }
        do {
            try current.tick()
        } catch CurtainError.Locked {
            letGo(of: current)
        }
    }

    /// Erases the workspace and gives the signed receipt. Needs an empty checklist and a token of `freshAuth`.
    public func wipe(token: String) throws -> Data {
        guard let current = lock.withLock({ session }) else { throw CurtainError.Locked }
        defer { if !isAlive(current) { letGo(of: current) } }
        return try current.wipe(token: token)
    }

    /// Any doubt counts as alive: an ended session answers `Locked` the next time too.
    private func isAlive(_ asked: Session) -> Bool {
        do {
            _ = try asked.state()
            return true
        } catch CurtainError.Locked {
            return false
        } catch CurtainError.Erased {
            return false
        } catch {
            return true
        }
    }

    private func letGo(of ended: Session) {
        let held = lock.withLock {
            guard session === ended else { return false }
            session = nil
            return true
        }
        if held { onLocked() }
    }
}
