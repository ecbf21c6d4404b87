package org.curtain.kit

import java.util.concurrent.ConcurrentHashMap
import org.curtain.core.Clock
import org.curtain.core.Curtain
import org.curtain.core.CurtainException
import org.curtain.core.Keystore
import org.curtain.core.Session

/**
 * Owns Curtain and, of each unlocked workspace, its one [Session]: the only place of an app that keeps one.
 *
 * A `Session` object ends with its lock and throws `IllegalStateException` once it was closed. Screens therefore keep
 * none: they say [with], which answers `CurtainException.Locked` when there is no session, and closes the object as soon
 * as the core says that it is over and its last user has left. Every call may come from any thread; [unlock] and [wipe]
 * not from the main one.
 *
 * @param curtain opened by the app, closed by [close]; what works while locked is called on it directly.
 * @param onLocked told once, on the thread that noticed, when a workspace's session is over: show the lock screen. Not
 *   told when [unlock] replaces a session.
 */
class SessionHolder(val curtain: Curtain, private val onLocked: (workspace: String) -> Unit = {}) : AutoCloseable {
    private class Held(val session: Session, var users: Int = 0, var ended: Boolean = false)

    private val held = HashMap<String, Held>()
    private val doors = ConcurrentHashMap<String, Any>()
    private var closed = false

    /** The workspaces that have a session, as far as is known without asking the core. */
    val unlocked: Set<String> get() = synchronized(held) { held.keys.toSet() }

    /**
     * One guess. The passcode is spent, whatever comes of it. An open session of the workspace ends, as the core does it.
     *
     * @throws CurtainException as `Curtain.unlock`; `Locked` after [close].
     */
    fun unlock(workspace: String, passcode: Passcode) =
        opened(workspace) { passcode.spend { bytes -> whileOpen { it.unlock(workspace, bytes) } } }

    /**
     * Opens with a finger or a face; show the system's prompt first. An open session of the workspace ends, as the core does it.
     *
     * @throws CurtainException as `Curtain.unlockWithBiometry`; `Locked` after [close].
     */
    fun unlockWithBiometry(workspace: String) = opened(workspace) { whileOpen { it.unlockWithBiometry(workspace) } }

    private fun opened(workspace: String, open: () -> Session) {
        // One at a time for each workspace: the session kept is the last one that the core gave.
        synchronized(doors.computeIfAbsent(workspace) { Any() }) {
            val session = open()
            val (before, late) = synchronized(held) {
                if (closed) null to true else held.put(workspace, Held(session)) to false
            }
            before?.let(::retire)
            if (late) {
                session.use { it.lock() }
                throw CurtainException.Locked()
            }
        }
    }

    /**
     * Runs [block] with the workspace's session. Do not let the session out of it.
     *
     * @throws CurtainException.Locked when there is none, or when it ended meanwhile; else what [block] throws.
     */
    fun <T> with(workspace: String, block: (Session) -> T): T {
        val mine = synchronized(held) { held[workspace]?.also { it.users += 1 } } ?: throw CurtainException.Locked()
        try {
            return block(mine.session)
        } catch (error: CurtainException) {
            if (error.endsTheSession()) end(workspace, mine)
            throw error
        } finally {
            leave(mine)
        }
    }

    /** To be called at start, on resume, 250 ms after the last key and about once a second: `tick` of everything. */
    fun tick() = each(first = { whileOpen { it.tick() } }) { _, session -> session.tick() }

    /** The app leaves the foreground: what was typed is written, the database is closed, it locks. */
    fun suspend() = each { name, session ->
        try {
            session.suspend()
        } finally {
            if (session.isOver()) drop(name, session)
        }
    }

    /** Locks one workspace, or all. What was typed is written; the keys are dropped even if that fails. */
    fun lock(workspace: String? = null) = each(only = workspace) { name, session ->
        try {
            session.lock()
        } finally {
            drop(name, session)
        }
    }

    /**
     * Erases the workspace from this phone; gives the receipt. See `Session.wipe` for what it asks.
     *
     * @throws CurtainException as `Session.wipe`.
     */
    fun wipe(workspace: String, token: String): ByteArray = with(workspace) { session ->
        session.wipe(token).also { drop(workspace, session) }
    }

    /** Locks all, then closes Curtain: the end of the app's life. Closing twice is fine. */
    override fun close() {
        synchronized(held) { closed = true }
        try {
            lock()
        } finally {
            curtain.close()
        }
    }

    /** Everybody gets a turn, whatever another one's trouble is; the first trouble is thrown at the end. */
    private fun each(only: String? = null, first: () -> Unit = {}, work: (String, Session) -> Unit) {
        val names = synchronized(held) { held.keys.filter { only == null || it == only } }
        val troubles = (listOf(first) + names.map { name -> { with(name) { work(name, it) } } }).mapNotNull {
            try {
                it()
                null
            } catch (error: CurtainException) {
                // A session that is over was told to onLocked: that is an answer and no trouble.
                error.takeUnless { it.endsTheSession() }
            }
        }
        troubles.firstOrNull()?.let { throw it }
    }

    /** A call on Curtain; `Locked` after [close], also when that came in between. */
    private fun <T> whileOpen(call: (Curtain) -> T): T {
        val isClosed = { synchronized(held) { closed } }
        if (isClosed()) throw CurtainException.Locked()
        try {
            return call(curtain)
        } catch (error: IllegalStateException) {
            throw if (isClosed()) CurtainException.Locked() else error
        }
    }

    private fun drop(workspace: String, session: Session) {
        synchronized(held) { held[workspace] }?.takeIf { it.session === session }?.let { end(workspace, it) }
    }

    private fun end(workspace: String, over: Held) {
        if (synchronized(held) { held.remove(workspace, over) }) {
            retire(over)
            onLocked(workspace)
        }
    }

    /** No new user comes; the object is closed now or by the last one who leaves. */
    private fun retire(over: Held) {
        if (synchronized(held) { over.ended = true; over.users == 0 }) over.session.close()
    }

    private fun leave(mine: Held) {
        if (synchronized(held) { mine.users -= 1; mine.ended && mine.users == 0 }) mine.session.close()
    }

    private fun Session.isOver(): Boolean = try {
        state()
        false
    } catch (error: CurtainException) {
        error.endsTheSession() // Else it is not known: the next call says.
    }

    /** Whether the core dropped the keys: it says so, or the last guess of a fresh authentication was wrong. */
    private fun CurtainException.endsTheSession(): Boolean =
        this is CurtainException.Locked || this is CurtainException.Erased || this is CurtainException.Blocked

    companion object {
        /**
         * Opens Curtain over a keystore and a clock, both [guarded]. Once for the life of the app.
         *
         * @param directory the app's own, excluded from every backup.
         * @throws CurtainException as `Curtain.open`.
         */
        fun open(
            directory: String,
            keystore: Keystore,
            clock: Clock,
            onLocked: (workspace: String) -> Unit = {},
        ): SessionHolder = SessionHolder(Curtain.open(directory, keystore.guarded(), clock.guarded()), onLocked)
    }
}
