import CurtainCore
import Foundation

/// Holds Curtain and, of each unlocked workspace, its one session, and lets go of a session as soon as it has ended.
///
/// A final class with a lock and not an actor: calls of Curtain block, and an actor would block a thread of Swift's small pool.
/// The lock guards the references only and is never held during a call. Calls may come from any thread.
public final class SessionHolder: @unchecked Sendable {
    /// What works while locked is called on it directly.
    public let curtain: Curtain

    private let lock = NSLock()
    private var held: [String: Session] = [:]
    private var doors: [String: NSLock] = [:]
    private let onLocked: @Sendable (String) -> Void
    private let queue = DispatchQueue(label: "curtain", qos: .userInitiated, attributes: .concurrent)

    /// A holder without sessions. `onLocked` is told the workspace once for each session that ended with no other one in its
    /// place, on the thread that noticed: show the lock screen (on the main actor) and drop every screen with a patient's data.
    public init(_ curtain: Curtain, onLocked: @escaping @Sendable (String) -> Void = { _ in }) {
        self.curtain = curtain
        self.onLocked = onLocked
    }

    /// The workspaces that have a session, as far as is known without asking the core.
    public var unlocked: Set<String> { lock.withLock { Set(held.keys) } }

    /// One guess. Blocks for tenths of a second: not on the main thread, see `offMain`. The passcode is zero afterwards.
    /// A session that is open ends, as the core does it, whatever comes of the guess.
    public func unlock(_ workspace: String, _ passcode: Passcode) throws {
        // One at a time for each workspace: the session kept is the last one that the core gave.
        let door = lock.withLock {
            let door = doors[workspace] ?? NSLock()
            doors[workspace] = door
            return door
        }
        try door.withLock {
            let before = lock.withLock { held[workspace] }
            defer { if let before, isOver(before) { end(workspace, before) } }
            let session = try passcode.spend { try curtain.unlock(workspace: workspace, passcode: $0) }
            lock.withLock { held[workspace] = session }
        }
    }

    /// Runs calls on the workspace's session; do not let it out of them. Throws `CurtainError.Locked` when there is none.
    public func with<T>(_ workspace: String, _ calls: (Session) throws -> T) throws -> T {
        guard let session = lock.withLock({ held[workspace] }) else { throw CurtainError.Locked }
        do {
            return try calls(session)
        } catch {
            if isOver(session) { end(workspace, session) }
            throw error
        }
    }

    /// Runs blocking work on a background queue: `try await holder.offMain { try $0.unlock(workspace, passcode) }`.
    public func offMain<T: Sendable>(_ work: @escaping @Sendable (SessionHolder) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { done in
            queue.async { done.resume(with: Result { try work(self) }) }
        }
    }

    /// At start, on resume, 250 ms after the last key and about once a second: `tick` of Curtain and of every session.
    public func tick() throws {
        try each({ try curtain.tick() }) { _, session in try session.tick() }
    }

    /// The app leaves the foreground: what was typed is written, the database is closed, it locks.
    public func suspend() throws {
        try each { workspace, session in
            defer { if isOver(session) { end(workspace, session) } }
            try session.suspend()
        }
    }

    /// Locks one workspace, or all. What was typed is written; the keys are dropped even if that fails.
    public func lock(_ workspace: String? = nil) throws {
        try each { name, session in
            guard workspace == nil || workspace == name else { return }
            defer { end(name, session) }
            try session.lock()
        }
    }

    /// Erases the workspace from this phone and gives the signed receipt. Needs an empty checklist and a token of `freshAuth`.
    public func wipe(_ workspace: String, token: String) throws -> Data {
        try with(workspace) { session in
            let receipt = try session.wipe(token: token)
            end(workspace, session)
            return receipt
        }
    }

    /// Every session gets its turn, whatever another one's trouble is; the first trouble is thrown at the end.
    private func each(_ first: () throws -> Void = {}, _ work: (String, Session) throws -> Void) throws {
        var trouble: (any Error)?
        do { try first() } catch { trouble = error }
        for workspace in unlocked {
            do {
                try with(workspace) { try work(workspace, $0) }
            } catch CurtainError.Locked {
                // Over, and told to onLocked: an answer and no trouble.
            } catch {
                trouble = trouble ?? error
            }
        }
        if let trouble { throw trouble }
    }

    /// Any doubt counts as alive: a session that ended answers the same the next time.
    private func isOver(_ session: Session) -> Bool {
        do {
            _ = try session.state()
            return false
        } catch CurtainError.Locked, CurtainError.Erased {
            return true
        } catch {
            return false
        }
    }

    private func end(_ workspace: String, _ session: Session) {
        let ended = lock.withLock {
            guard held[workspace] === session else { return false }
            held[workspace] = nil
            return true
        }
        if ended { onLocked(workspace) }
    }
}
