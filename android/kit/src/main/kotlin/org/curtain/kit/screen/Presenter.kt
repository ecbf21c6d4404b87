package org.curtain.kit.screen

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.curtain.core.CurtainException
import org.curtain.core.Session

/**
 * What stands between the session and one screen: it fills [state] and does what the screen's actions say.
 *
 * Actions come from any thread and return at once; the work is done on the shell's one worker, in order. [state] is null
 * while the screen is not shown, and always when the workspace is locked.
 */
abstract class Presenter<P : Place, S : Any> internal constructor(internal val shell: Shell) {
    private val shown = MutableStateFlow<S?>(null)

    /** What the screen shows. */
    val state: StateFlow<S?> = shown.asStateFlow()

    /** The place that is shown; null when none is. For the worker. */
    protected var place: P? = null
        private set

    internal val device: Device get() = shell.device

    /** Nothing is published that was asked for before a lock. */
    protected fun publish(state: S) = shell.publish { if (place != null) shown.value = state }

    /** For screens of nobody's data, that are shown while locked. */
    protected fun publishLocked(state: S) {
        shown.value = state
    }

    /** On any thread: the screen shows nothing from now on. */
    internal fun hide() {
        shown.value = null
    }

    @Suppress("UNCHECKED_CAST")
    internal fun enter(place: Place) {
        this.place = place as P
        load(place)
    }

    internal fun exit() {
        try {
            leave()
        } finally {
            place = null
            hide()
            forget()
        }
    }

    /** Fills the state from the session. On the worker. */
    protected abstract fun load(place: P)

    /** Writes what is not written yet. On the worker. */
    protected open fun leave() = Unit

    /** Drops every text and picture. On the worker, after [leave]. */
    protected open fun forget() = Unit

    /** Whether this screen answers Back itself. On any thread. */
    internal open fun back(): Boolean = false

    internal fun reload() {
        place?.let(::load)
    }

    protected fun act(work: () -> Unit) = shell.act(work)

    /** What is behind the lease is missing after its end: leaving goes on without it. */
    protected fun <T> unlessOver(otherwise: T, block: () -> T): T = try {
        block()
    } catch (_: CurtainException.LeaseOver) {
        otherwise
    }

    protected fun <T> session(block: (Session) -> T): T = shell.session(block)
}
