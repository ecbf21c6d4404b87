package org.curtain.kit.screen

import java.nio.ByteBuffer
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.curtain.core.CurtainException
import org.curtain.kit.NextStep
import org.curtain.kit.Passcode
import org.curtain.kit.nextStep

/** Asks for the passcode in place, over the screen that needs it. [state] is null while nothing asks. */
class FreshUnlockPresenter internal constructor(private val shell: Shell) : FreshUnlockActions {
    private val typed = Passcode()
    private val present = Passcode()
    private val chosen = Passcode()
    private val flow = MutableStateFlow<FreshUnlockState?>(null)
    private var use: Use? = null
    private var ask = FreshUnlockState.Ask.PASSCODE
    private var busy = false

    /** What the digits are shown to do. */
    val state: StateFlow<FreshUnlockState?> = flow.asStateFlow()

    private sealed interface Use {
        class Once(val act: (ByteBuffer) -> Unit) : Use
        class Change(val act: (ByteBuffer, ByteBuffer) -> Unit) : Use
    }

    /** Asks, then runs [act] with a token that is good for this one act. On the worker. */
    internal fun token(act: (String) -> Unit) = passcode { bytes -> act(shell.session { it.freshAuth(bytes) }) }

    /** Asks, then runs [act] with the passcode's bytes. */
    internal fun passcode(act: (ByteBuffer) -> Unit) = begin(Use.Once(act))

    /** Asks for the passcode and, twice, for a new one. */
    internal fun change(act: (present: ByteBuffer, new: ByteBuffer) -> Unit) = begin(Use.Change(act))

    @Synchronized
    private fun begin(next: Use) {
        clear()
        use = next
        shell.publish { render() }
    }

    override fun key(digit: Char) = character(digit.code)

    @Synchronized
    override fun character(codePoint: Int) {
        if (use == null || busy) return
        typed.append(codePoint)
        render()
    }

    @Synchronized
    override fun backspace() {
        if (use == null || busy) return
        typed.backspace()
        render()
    }

    @Synchronized
    override fun enter() {
        if (use == null || busy || typed.isEmpty) return
        busy = true
        render()
        shell.act(::entered)
    }

    private fun entered() {
        when (val now = synchronized(this) { use }) {
            is Use.Once -> run(now) { typed.spend(now.act) }
            is Use.Change -> when (ask) {
                FreshUnlockState.Ask.PASSCODE -> next(present, FreshUnlockState.Ask.NEW)
                FreshUnlockState.Ask.NEW -> if (weak()) again(FreshUnlockState.Ask.NEW) else next(chosen, FreshUnlockState.Ask.REPEAT)
                FreshUnlockState.Ask.REPEAT ->
                    if (!chosen.matches(typed)) again(FreshUnlockState.Ask.NEW)
                    else run(now) { present.spend { old -> chosen.spend { new -> now.act(old, new) } } }
            }
            null -> clear()
        }
    }

    private fun run(used: Use, work: () -> Unit) {
        try {
            work()
        } catch (error: CurtainException) {
            val step = error.nextStep()
            if (step !is NextStep.CountDown) {
                cancel()
                throw error
            }
            synchronized(this) {
                clear()
                use = used.takeIf { step.delay.inWholeSeconds == 0L }
                if (use != null) render(didNotMatch = true, triesLeft = step.triesLeft) else flow.value = null
            }
            if (use == null) throw error
            return
        }
        if (synchronized(this) { use === used }) cancel()
    }

    private fun weak() = typed.look { shell.core().curtain.passcodeWeakness(it) } != null

    @Synchronized
    private fun next(into: Passcode, then: FreshUnlockState.Ask) {
        typed.look(into::take)
        typed.clear()
        ask = then
        busy = false
        render()
    }

    @Synchronized
    private fun again(at: FreshUnlockState.Ask) {
        typed.clear()
        ask = at
        busy = false
        render(didNotMatch = true)
    }

    @Synchronized
    override fun cancel() {
        clear()
        flow.value = null
    }

    @Synchronized
    private fun clear() {
        use = null
        ask = FreshUnlockState.Ask.PASSCODE
        // While the core reads them they clear themselves: half a passcode would count as a guess.
        if (!busy) listOf(typed, present, chosen).forEach(Passcode::clear)
        busy = false
    }

    private fun render(didNotMatch: Boolean = false, triesLeft: Int? = null) {
        flow.value = FreshUnlockState(typed.length, didNotMatch, triesLeft, busy, ask)
    }
}
