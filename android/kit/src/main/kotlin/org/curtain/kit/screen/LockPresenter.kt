package org.curtain.kit.screen

import org.curtain.core.CurtainException
import org.curtain.core.LockCause
import org.curtain.core.WorkspaceInfo
import org.curtain.core.WorkspaceState
import org.curtain.kit.NextStep
import org.curtain.kit.Passcode
import org.curtain.kit.direct
import org.curtain.kit.nextStep

/** The lock screen, and enrolment. Digits go into the passcode's buffer on the caller's thread, in no closure and no state. */
class LockPresenter internal constructor(shell: Shell) : Presenter<Place.Lock, LockState>(shell), LockActions {
    private val pad = Any()
    private val typed = Passcode()
    private val first = Passcode()
    private var infos: List<WorkspaceInfo> = emptyList()
    private var biometry = LockState.Biometry.OFF
    private var didNotMatch = false
    private var passphrase = false
    private var override: LockState.Phase? = null
    private var waitTotal = 0
    private var request: ByteArray? = null
    private var enrolment: ByteArray? = null
    private var step: Step = Step.Request
    private var weakness: String? = null
    private var receiptSeen = false

    private sealed interface Step {
        data object Request : Step
        class Words(val words: List<String>) : Step
        data object Choose : Step
        class Repeat(val differs: Boolean) : Step
    }

    /** Whether a guess runs. */
    @Volatile internal var busy = false
        private set

    override fun load(place: Place.Lock) = refresh()

    override fun leave() = synchronized(pad) { typed.clear(); first.clear() }

    /** Reads the workspaces again. On the worker. */
    internal fun refresh() {
        val curtain = shell.core().curtain
        val all = curtain.workspaces()
        val chosen = all.firstOrNull { it.id == shell.workspace } ?: all.firstOrNull { it.state !is WorkspaceState.Erased } ?: all.firstOrNull()
        shell.workspace = chosen?.id
        if (all.isEmpty() && request == null) request = curtain.request().document
        val finger = try {
            chosen?.takeIf { !device.touchForbidden }?.let { curtain.biometry(it.id).shown } ?: LockState.Biometry.OFF
        } catch (_: CurtainException) {
            LockState.Biometry.OFF
        }
        synchronized(pad) {
            infos = all
            biometry = finger
            if (all.isNotEmpty() && step is Step.Request) enrolment = null
            (chosen?.state as? WorkspaceState.Waiting)?.let { noteWait(seconds(it.delayMs)) }
        }
        render()
        if (place != null && chosen?.state is WorkspaceState.Erased && !receiptSeen) {
            receiptSeen = true
            shell.go(Place.Receipt(chosen.id))
        }
    }

    /** The answer to this phone's request: its words are to be compared. On the worker. */
    internal fun enrolmentCame(document: ByteArray) {
        val words = shell.core().curtain.enrolmentWords(document.direct())
        synchronized(pad) {
            enrolment = document
            step = Step.Words(words)
        }
        render()
    }

    override fun key(digit: Char) = put(digit.code)

    override fun character(codePoint: Int) = put(codePoint)

    override fun backspace() {
        synchronized(pad) { if (!busy) typed.backspace() }
        judge()
    }

    private fun put(codePoint: Int) {
        synchronized(pad) {
            if (busy) return
            didNotMatch = false
            typed.append(codePoint)
        }
        judge()
    }

    /** Shows the dots; a passcode that is being chosen is judged on the worker. */
    private fun judge() {
        render()
        if (synchronized(pad) { step !is Step.Choose }) return
        act {
            synchronized(pad) {
                weakness = if (typed.isEmpty) null else typed.look(shell.core().curtain::passcodeWeakness)?.name?.lowercase()
            }
            render()
        }
    }

    override fun enter() {
        val now = synchronized(pad) {
            if (busy || typed.isEmpty) return
            didNotMatch = false
            busy = true
            step
        }
        render()
        act {
            try {
                when (now) {
                    Step.Choose -> choose()
                    is Step.Repeat -> enrol()
                    else -> guess { workspace -> shell.core().unlock(workspace, typed) }
                }
            } finally {
                busy = false
                render()
            }
        }
    }

    private fun choose() = synchronized(pad) {
        weakness = typed.look(shell.core().curtain::passcodeWeakness)?.name?.lowercase()
        if (weakness == null) {
            typed.look { bytes -> first.take(bytes) }
            step = Step.Repeat(differs = false)
        }
        typed.clear()
    }

    private fun enrol() {
        val document = enrolment ?: return
        if (!first.matches(typed)) {
            synchronized(pad) {
                typed.clear()
                step = Step.Repeat(differs = true)
            }
            return
        }
        val core = shell.core()
        val made = try {
            first.spend { core.curtain.enrol(document.direct(), it) }
        } catch (error: CurtainException) {
            typed.clear()
            step = Step.Request
            throw error
        }
        synchronized(pad) {
            step = Step.Request
            enrolment = null
            request = null
        }
        shell.workspace = made.id
        guess { core.unlock(it, typed) }
    }

    private fun guess(unlock: (String) -> Unit) {
        val workspace = shell.workspace ?: return typed.clear()
        override = null
        try {
            unlock(workspace)
        } catch (error: CurtainException) {
            failed(error.nextStep())
            return
        }
        shell.opened()
    }

    private fun failed(step: NextStep) {
        when (step) {
            is NextStep.CountDown -> {
                didNotMatch = step.triesLeft != null
                device.tick(Device.Tick.SOFT)
                synchronized(pad) { noteWait(((step.delay.inWholeMilliseconds + 999) / 1000).toInt()) }
            }
            is NextStep.AskInstitution -> when (step.why) {
                NextStep.AskInstitution.Why.KEY_GONE -> override = LockState.Phase.KeyGone
                NextStep.AskInstitution.Why.OTHER_PHONE -> override = LockState.Phase.OtherPhone
                NextStep.AskInstitution.Why.BLOCKED -> Unit
                NextStep.AskInstitution.Why.UNSUPPORTED -> shell.answer(step)
            }
            NextStep.TryAgain -> override = LockState.Phase.NotNow
            is NextStep.ShowDamaged -> override = LockState.Phase.Damaged
            // The list says it: refreshed below.
            is NextStep.ShowLock -> Unit
            else -> shell.answer(step)
        }
        refresh()
    }

    override fun fingerprint() {
        val workspace = shell.workspace ?: return
        if (synchronized(pad) { busy || biometry != LockState.Biometry.READY }) return
        device.touch(workspace) { said ->
            act {
                when (said) {
                    Device.Touch.ACCEPTED -> guess(shell.core()::unlockWithBiometry)
                    Device.Touch.REFUSED -> {
                        shell.core().curtain.biometryFailed(workspace)
                        refresh()
                    }
                    Device.Touch.CANCELLED -> Unit
                }
            }
        }
    }

    override fun togglePassphrase() {
        synchronized(pad) {
            passphrase = !passphrase
            typed.clear()
        }
        render()
    }

    override fun choose(workspace: String) = act {
        synchronized(pad) {
            typed.clear()
            override = null
            didNotMatch = false
            receiptSeen = false
        }
        shell.workspace = workspace
        refresh()
    }.let { }

    override fun receive() = shell.open(Place.Receive)

    /** The institution reads this phone's state from a checkpoint, and answers with an order. */
    override fun askInstitution() = act {
        val workspace = shell.workspace ?: return@act
        val name = if (override == LockState.Phase.KeyGone) "request" else "checkpoint"
        val document = if (name == "request") shell.core().curtain.request().document else shell.core().curtain.checkpoint(workspace)
        device.save("$name.jws", "application/jose+json", document) {}
    }.let { }

    override fun wordsMatch(match: Boolean) {
        synchronized(pad) {
            if (step !is Step.Words) return
            step = if (match) Step.Choose else Step.Request
            if (!match) enrolment = null
            typed.clear()
            weakness = null
        }
        render()
    }

    override fun limits() = shell.open(Place.Limits)

    override fun back(): Boolean = synchronized(pad) {
        if (busy || step is Step.Request) return false
        step = Step.Request
        typed.clear()
        first.clear()
        true
    }.also { if (it) render() }

    /** Nothing of a patient is in it: it is shown whenever, from any thread. */
    private fun render() = publishLocked(
        synchronized(pad) {
            val chosen = infos.firstOrNull { it.id == shell.workspace }
            LockState(
                workspaces = infos.map { WorkspaceTab(it.id, it.institution, it.id == chosen?.id) },
                institution = chosen?.institution.orEmpty(),
                drafts = chosen?.counts?.drafts?.toInt() ?: 0,
                uncharted = chosen?.counts?.uncharted?.toInt() ?: 0,
                typed = typed.length,
                phase = phase(chosen),
                busy = busy,
                biometry = biometry,
                didNotMatch = didNotMatch,
                triesLeft = chosen?.triesLeft?.toInt(),
                totalTries = null,
                passphrase = passphrase,
                clockWentBack = chosen?.lastLock == LockCause.CLOCK_BACK,
            )
        },
    )

    private fun phase(chosen: WorkspaceInfo?): LockState.Phase = when (val now = step) {
        is Step.Words -> LockState.Phase.FirstRun(EnrolStep.CompareWords(now.words))
        Step.Choose -> LockState.Phase.FirstRun(EnrolStep.ChoosePasscode(typed.length, weakness))
        is Step.Repeat -> LockState.Phase.FirstRun(EnrolStep.RepeatPasscode(typed.length, now.differs && typed.isEmpty))
        Step.Request -> when (val state = chosen?.state) {
            null -> LockState.Phase.FirstRun(EnrolStep.ShowRequest(request ?: ByteArray(0)))
            is WorkspaceState.Waiting -> seconds(state.delayMs).let { left ->
                LockState.Phase.Wait(left, waitTotal.coerceAtLeast(left), WAITS_SECONDS.firstOrNull { it > waitTotal })
            }
            WorkspaceState.Blocked -> LockState.Phase.Blocked
            WorkspaceState.LeaseOver -> LockState.Phase.LeaseOver
            WorkspaceState.RolledBack, WorkspaceState.Damaged -> LockState.Phase.Damaged
            WorkspaceState.OtherPhone -> LockState.Phase.OtherPhone
            WorkspaceState.TooNew -> LockState.Phase.Update
            WorkspaceState.NotNow -> LockState.Phase.NotNow
            WorkspaceState.Locked, WorkspaceState.Unlocked, WorkspaceState.Erased -> override ?: LockState.Phase.Enter
        }
    }

    /** The core says what is left of a wait; its whole is the shortest of its waits that is no shorter. */
    private fun noteWait(left: Int) {
        if (left > waitTotal || left == 0) waitTotal = WAITS_SECONDS.firstOrNull { it >= left } ?: left
        if (waitTotal != 0 && WAITS_SECONDS.none { it in left..waitTotal }) waitTotal = left
    }

    private companion object {
        /** The core's waits (`vault/attempts.rs`), the first of them after the fifth wrong guess. */
        val WAITS_SECONDS = listOf(30, 60, 300, 900, 3_600)

        fun seconds(ms: ULong): Int = ((ms + 999u) / 1000u).coerceAtMost(Int.MAX_VALUE.toULong()).toInt()
    }
}
