package org.curtain.kit.screen

import java.util.concurrent.Executor
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.curtain.core.CurtainException
import org.curtain.core.Lang
import org.curtain.core.Session
import org.curtain.kit.NextStep
import org.curtain.kit.SessionHolder
import org.curtain.kit.direct
import org.curtain.kit.nextStep

/**
 * The app between its activity and the core: where it is, and one presenter for each screen. One for the life of the process;
 * an activity that comes and goes only collects the states.
 *
 * Every call to the core runs on [worker], in the order in which it was asked for. A lock covers at once, on the caller's
 * thread: each state becomes null, and what the worker still had to do shows nothing any more. What was typed before it is written.
 *
 * @param worker one thread, kept for this.
 * @param device what only the platform can do.
 * @param opener opens the holder, on the worker; it hands on what it is given as `onLocked`.
 */
class Shell(
    private val worker: Executor,
    internal val device: Device,
    private val opener: (onLocked: (String) -> Unit) -> SessionHolder,
) : ShellActions, AutoCloseable {
    private val guard = Any()
    private val stack = arrayListOf<Place>(Place.Lock)
    private val flow = MutableStateFlow(ShellState(Place.Lock, 0, null))

    /** Counts the locks: what was asked for in an earlier era shows nothing. */
    private var era = 0L
    private var unlocked = false
    private var running = 0L
    private var holder: SessionHolder? = null
    private var shown: Presenter<*, *>? = null
    private val ticking = AtomicBoolean()

    /** The workspace that is open, or whose lock screen is shown. */
    @Volatile internal var workspace: String? = null

    /** Which roster a draft to a group is for: the core's draft does not say. Forgotten with the lock. */
    internal val rosters = HashMap<String, String>()

    /** Where the app is. */
    val state: StateFlow<ShellState> = flow.asStateFlow()

    val lock = LockPresenter(this)
    val today = TodayPresenter(this)
    val patients = PatientsPresenter(this)
    val patient = PatientPresenter(this)
    val editPatient = EditPatientPresenter(this)
    val composer = ComposerPresenter(this)
    val consent = ConsentPresenter(this)
    val theyTexted = TheyTextedPresenter(this)
    val note = NotePresenter(this)
    val photo = PhotoPresenter(this)
    val groups = GroupsPresenter(this)
    val roster = RosterPresenter(this)
    val scripts = ScriptsPresenter(this)
    val policy = PolicyPresenter(this)
    val settings = SettingsPresenter(this)
    val evidence = EvidencePresenter(this)
    val leaving = LeavingPresenter(this)
    val countdown = CountdownPresenter(this)
    val receipt = ReceiptPresenter(this)
    val receive = ReceivePresenter(this)
    val damaged = DamagedPresenter(this)
    val fresh = FreshUnlockPresenter(this)

    /** Opens what is on this phone and shows the lock screen. Once; not needed again after a rotation. */
    fun start() = act {
        core().tick()
        lock.enter(Place.Lock)
        shown = lock
    }

    /** To be called when the app comes to the foreground, and about once a second while it is there. */
    fun tick() {
        if (!ticking.compareAndSet(false, true)) return
        val posted = act {
            ticking.set(false)
            core().tick()
            if (synchronized(guard) { unlocked }) {
                val seconds = session { it.state() }.locksInMs / 1000u
                publish { flow.value = flow.value.copy(lockSeconds = seconds.coerceAtMost(Int.MAX_VALUE.toULong()).toInt()) }
            } else {
                lock.refresh()
            }
        }
        if (!posted) ticking.set(false)
    }

    /** The app leaves the foreground: it covers at once, and locks. */
    fun suspend() {
        if (synchronized(guard) { unlocked } || lock.busy) cover()
        end { it.suspend() }
    }

    /** A document of the institution, from managed configuration or a push message. Bad ones change nothing. */
    fun deliver(document: ByteArray) = act {
        core().curtain.deliver(document.direct())
        // An order may have ended the session: then this says so.
        if (isLocked) lock.refresh() else session { it.state() }
    }

    override fun open(place: Place) {
        synchronized(guard) {
            if (place is Place.Lock || !unlocked && !place.whileLocked()) return
            push(place)
        }
        act(::showTop)
    }

    override fun back() {
        if (fresh.state.value != null) return fresh.cancel()
        if (presenter(state.value.place)?.back() == true) return
        synchronized(guard) {
            when {
                stack.size > 1 -> stack.removeLast()
                stack.single() is Place.Lock || stack.single() is Place.Today -> return
                else -> stack[0] = Place.Today
            }
            renew()
        }
        act(::showTop)
    }

    override fun lock() {
        cover()
        end { it.lock() }
    }

    override fun dismissTrouble() = synchronized(guard) { flow.value = flow.value.copy(trouble = null) }

    /** The end of the process's use of Curtain: locks, closes. */
    override fun close() {
        cover()
        act {
            holder?.close()
            holder = null
        }
    }

    // For the presenters, on the worker.

    internal fun core(): SessionHolder = holder ?: opener(::lockedByCore).also { holder = it }

    internal fun <T> session(block: (Session) -> T): T =
        core().with(workspace ?: throw CurtainException.Locked(), block)

    internal val lang: Lang get() = langOf(device.language())

    /** Runs on the worker what may fail; the one place that answers failures. False when there is no worker any more. */
    internal fun act(work: () -> Unit): Boolean {
        val asked = synchronized(guard) { era }
        return try {
            worker.execute { inEra(asked, work) }
            true
        } catch (_: RejectedExecutionException) {
            false
        }
    }

    private fun inEra(asked: Long, work: () -> Unit) {
        val before = running
        running = asked
        try {
            work()
        } catch (error: CurtainException) {
            answer(error.nextStep())
        } finally {
            running = before
        }
    }

    /** Runs [set] unless it locked since the present work was asked for. */
    internal fun publish(set: () -> Unit) = synchronized(guard) { if (running == era) set() }

    /** Goes to [place] unless it locked meanwhile; a root empties the way back, and so does [alone]. */
    internal fun go(place: Place, alone: Boolean = false) {
        publish {
            if (alone) stack.clear()
            push(place)
        }
        showTop()
    }

    /** Goes back from [place] once its work is done, and not from anywhere else. */
    internal fun done(place: Place) {
        publish {
            if (stack.size > 1 && stack.last() == place) stack.removeLast()
            renew()
        }
        showTop()
    }

    /** Whether the way back leads there. */
    internal fun leadsTo(place: Place): Boolean = synchronized(guard) { place in stack }

    /** The session is there: its first screen. */
    internal fun opened() {
        val first = try {
            session { it.setUtcOffset(device.utcOffsetMinutes()) }
            Place.Today
        } catch (_: CurtainException.LeaseOver) {
            Place.Leaving
        }
        publish {
            unlocked = true
            stack.clear()
            push(first)
        }
        device.tick(Device.Tick.LIGHT)
        showTop()
    }

    internal val isLocked: Boolean get() = synchronized(guard) { !unlocked }

    /** The workspace is erased: its receipt, over the lock screen. */
    internal fun erased(workspace: String) {
        cover()
        synchronized(guard) { push(Place.Receipt(workspace)) }
        act(::showTop)
    }

    internal fun trouble(kind: Trouble.Kind, detail: String = "", seconds: Int = 0) =
        publish { flow.value = flow.value.copy(trouble = Trouble(kind, detail, seconds)) }

    /** What each failure asks for. */
    internal fun answer(step: NextStep) {
        when (step) {
            is NextStep.ShowLock -> if (step.leaseOver) leaseOver() else if (synchronized(guard) { running == era }) cover()
            is NextStep.CountDown -> trouble(Trouble.Kind.TRY_AGAIN, seconds = step.delay.inWholeSeconds.toInt())
            is NextStep.AskInstitution -> trouble(
                when (step.why) {
                    NextStep.AskInstitution.Why.BLOCKED -> Trouble.Kind.BLOCKED.also { cover() }
                    NextStep.AskInstitution.Why.KEY_GONE -> Trouble.Kind.KEY_GONE
                    NextStep.AskInstitution.Why.OTHER_PHONE -> Trouble.Kind.OTHER_PHONE
                    NextStep.AskInstitution.Why.UNSUPPORTED -> Trouble.Kind.UNSUPPORTED
                },
            )
            NextStep.ShowReceipt -> workspace?.let(::erased)
            NextStep.TryAgain -> trouble(Trouble.Kind.TRY_AGAIN)
            NextStep.AuthenticatePhone -> trouble(Trouble.Kind.AUTHENTICATE_PHONE)
            NextStep.AskPasscode -> trouble(Trouble.Kind.ASK_PASSCODE)
            is NextStep.ShowDamaged -> trouble(if (step.restored) Trouble.Kind.RESTORED else Trouble.Kind.DAMAGED)
            NextStep.ShowUpdate -> trouble(Trouble.Kind.UPDATE)
            is NextStep.MarkField -> trouble(Trouble.Kind.FIELD, step.field)
            NextStep.Refresh -> trouble(Trouble.Kind.GONE)
            is NextStep.Explain -> trouble(Trouble.Kind.RULE, step.rule)
            NextStep.FreeSpace -> trouble(Trouble.Kind.FREE_SPACE)
            is NextStep.Report -> {
                lock()
                synchronized(guard) { flow.value = flow.value.copy(trouble = Trouble(Trouble.Kind.REPORT, "${step.code}")) }
            }
        }
    }

    /** After the lease's end only leaving is open. */
    private fun leaseOver() {
        publish {
            stack.clear()
            push(Place.Leaving)
        }
        act(::showTop)
    }

    private fun lockedByCore(name: String) {
        if (name == workspace && synchronized(guard) { unlocked }) cover()
    }

    /** On any thread, at once: nothing of a patient is in a state any more. */
    private fun cover() {
        synchronized(guard) {
            era += 1
            unlocked = false
            stack.clear()
            stack += Place.Lock
            flow.value = ShellState(Place.Lock, 0, null)
            all.forEach { it.hide() }
        }
        // Outside: it holds its own lock while it publishes.
        fresh.cancel()
        act {
            rosters.clear()
            showTop()
            lock.refresh()
        }
    }

    /** Writes what a screen still holds, then ends the session; whatever fails, it ends. */
    private fun end(how: (SessionHolder) -> Unit) = act {
        val open = holder ?: return@act
        try {
            how(open)
        } finally {
            lock.refresh()
        }
    }

    private fun push(place: Place) {
        if (place.isRoot()) stack.clear()
        if (stack.lastOrNull() != place) stack += place
        renew()
    }

    private fun renew() {
        val top = stack.last()
        flow.value = flow.value.copy(place = top, depth = stack.size - 1, trouble = null)
    }

    /** Puts the top place's presenter to work; the one before has written what it held. */
    internal fun showTop() {
        val top = synchronized(guard) { stack.last() }
        val next = presenter(top)
        val before = shown
        shown = next
        try {
            if (before !== null && before !== next) before.exit()
        } finally {
            next?.enter(top)
        }
    }

    private fun Place.isRoot() = this is Place.Today || this is Place.Patients || this is Place.Groups || this is Place.More || this is Place.Lock

    private fun Place.whileLocked() = this is Place.Receive || this is Place.Limits || this is Place.Receipt || this is Place.Damaged

    private fun presenter(place: Place): Presenter<*, *>? = when (place) {
        Place.Lock -> lock
        Place.Today -> today
        Place.Patients, is Place.Pick -> patients
        is Place.Patient -> patient
        is Place.EditPatient -> editPatient
        is Place.Composer -> composer
        is Place.Consent -> consent
        is Place.TheyTexted -> theyTexted
        is Place.Note -> note
        is Place.Photo -> photo
        Place.Groups -> groups
        is Place.Roster -> roster
        Place.Scripts -> scripts
        Place.Policy -> policy
        Place.Settings -> settings
        Place.Evidence -> evidence
        Place.Leaving -> leaving
        Place.Countdown -> countdown
        is Place.Receipt -> receipt
        Place.Receive -> receive
        is Place.Damaged -> damaged
        // Words only.
        Place.More, Place.Limits -> null
    }

    private val all: List<Presenter<*, *>>
        get() = listOf(
            today, patients, patient, editPatient, composer, consent, theyTexted, note, photo, groups, roster, scripts, policy, settings,
            evidence, leaving, countdown, receipt, receive, damaged,
        )
}
