package org.curtain.kit.screen

import java.util.concurrent.atomic.AtomicBoolean
import org.curtain.core.BiometryState
import org.curtain.core.Channel
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.LockRules
import org.curtain.core.WorkspaceState
import org.curtain.kit.direct

/** Settings: each change asks for the passcode. */
class SettingsPresenter internal constructor(shell: Shell) : Presenter<Place.Settings, SettingsState>(shell), SettingsActions {
    /** The longest that was in force in this process: the core says what holds, not what the institution allows. */
    private var limit = 0

    override fun load(place: Place.Settings) {
        val curtain = shell.core().curtain
        val idle = session { it.state() }.rules.seconds
        limit = maxOf(limit, idle)
        val finger = shell.workspace?.let(curtain::biometry) ?: BiometryState.Off
        publish(
            SettingsState(
                idleSeconds = idle,
                idleLimitSeconds = limit,
                idleChoices = (IDLE_SECONDS + limit).filter { it <= limit }.distinct().sorted(),
                biometry = finger is BiometryState.Ready || finger is BiometryState.PasscodeFirst,
                biometryAllowed = finger !is BiometryState.Forbidden,
                keystore = device.keystore(),
                clipboardSeconds = TodayPresenter.CLIPBOARD_SECONDS,
                haptics = device.haptics,
                workspaces = curtain.workspaces().map { WorkspaceTab(it.id, it.institution, it.id == shell.workspace) },
            ),
        )
    }

    private val LockRules.seconds get() = (idleMs / 1000u).coerceAtMost(Int.MAX_VALUE.toULong()).toInt()

    override fun idle(seconds: Int) {
        act {
            shell.fresh.token { token ->
                session { session ->
                    val rules = session.state().rules
                    session.wishLockRules(rules.copy(idleMs = seconds.coerceAtLeast(0).toULong() * 1000u), token)
                }
                reload()
            }
        }
    }

    override fun biometry(on: Boolean) {
        act {
            shell.fresh.passcode { bytes ->
                session { if (on) it.enableBiometry(bytes) else it.disableBiometry(bytes) }
                reload()
            }
        }
    }

    override fun changePasscode() {
        act {
            shell.fresh.change { present, new ->
                session { it.changePasscode(present, new) }
                reload()
            }
        }
    }

    override fun haptics(on: Boolean) {
        device.haptics = on
        act(::reload)
    }

    override fun limits() = shell.open(Place.Limits)

    override fun evidence() = shell.open(Place.Evidence)

    private companion object {
        val IDLE_SECONDS = listOf(30, 60, 120, 300)
    }
}

/** What the policy says of each channel, as far as the core tells without a text. */
class PolicyPresenter internal constructor(shell: Shell) : Presenter<Place.Policy, PolicyState>(shell), PolicyActions {
    private var audience = To.PATIENT

    override fun load(place: Place.Policy) {
        val bar = session { it.assess("", requestFor(null, Channel.SMS, shell.lang).copy(audience = audience.audience)) }.bar
        publish(
            PolicyState(
                audience = audience,
                // The table of contents, version, signer and hash are in the core, behind no call yet.
                columns = emptyList(),
                rows = bar.map { PolicyRow(it.channel.way, it.word, listOf(PolicyCell(it.look, ""))) },
                exposure = emptyList(),
                version = "",
                signer = null,
                untilMs = null,
                hash = "",
                builtIn = false,
                expired = false,
            ),
        )
    }

    override fun audience(to: To) {
        act {
            audience = to
            reload()
        }
    }

    override fun whatToSay() = shell.open(Place.Scripts)
}

/** The journal: a signed checkpoint to show, and the whole, sealed. */
class EvidencePresenter internal constructor(shell: Shell) : Presenter<Place.Evidence, EvidenceState>(shell), EvidenceActions {
    private var exportedMs: Long? = null
    private var anchored = 0L

    override fun load(place: Place.Evidence) {
        val checkpoint = shell.core().curtain.checkpoint(shell.workspace ?: return)
        val entries: Long = Facts.of(checkpoint).number("size") ?: 0L
        // What was exported before this process began is not known: then all count as unanchored.
        publish(EvidenceState(entries, (entries - anchored).coerceIn(0L, Int.MAX_VALUE.toLong()).toInt(), Parts.of(checkpoint), exportedMs))
    }

    /** A checkpoint signed now. */
    override fun show() {
        act(::reload)
    }

    override fun export() {
        act {
            shell.fresh.token { token ->
                val sealed = session { it.exportJournal(token) }
                device.save("journal.jsonl.age", "application/octet-stream", sealed) { saved ->
                    act {
                        if (!saved) return@act
                        anchored = state.value?.entries ?: 0L
                        exportedMs = device.nowMs()
                        reload()
                    }
                }
            }
        }
    }
}

/** A document of the institution by camera or file, locked or not. */
class ReceivePresenter internal constructor(shell: Shell) : Presenter<Place.Receive, ReceiveState>(shell), ReceiveActions {
    private var parts = Parts()
    private val scanning = AtomicBoolean()

    override fun load(place: Place.Receive) {
        synchronized(scanning) { parts = Parts() }
        say(ReceiveState.Phase.Scan)
        scan()
    }

    override fun scan() {
        if (!scanning.compareAndSet(false, true)) return
        device.scan(::read) {
            scanning.set(false)
            // Asked for only now, perhaps: the screen says how to allow it.
            act { state.value?.let { say(it.phase) } }
        }
    }

    override fun scanned(part: ByteArray) {
        read(part)
    }

    /**
     * On the caller's thread, so that a camera learns at once that it is done and shows no document twice; true when it is.
     */
    private fun read(part: ByteArray): Boolean {
        if (state.value.let { it == null || it.phase is ReceiveState.Phase.Done }) return true
        val (document, progress) = synchronized(scanning) {
            val whole = parts.take(part)
            if (whole != null) parts = Parts()
            whole to parts.progress
        }
        act {
            if (place == null || state.value?.phase is ReceiveState.Phase.Done) return@act
            if (document != null) return@act take(document)
            val (have, of) = progress
            if (of > 0) say(ReceiveState.Phase.Parts(have, of))
        }
        return document != null
    }

    private fun say(phase: ReceiveState.Phase) = publishLocked(ReceiveState(phase, device.cameraAllowed()))

    override fun chooseFile() {
        // The system's own chooser covers the app meanwhile: what it gives counts wherever the app is then.
        device.chooseFile { file -> if (file != null) act { take(file) } }
    }

    private fun take(document: ByteArray) {
        synchronized(scanning) { parts = Parts() }
        val curtain = shell.core().curtain
        val said = curtain.deliver(document.direct())
        if (said is Delivery.Refused && shell.isLocked) {
            // No document of a workspace here: perhaps the answer to this phone's own request.
            try {
                shell.lock.enrolmentCame(document)
                place?.let(shell::done)
                return
            } catch (_: CurtainException) {
                // It is none: what was said holds.
            }
        }
        val phase = when (said) {
            Delivery.Done -> ReceiveState.Phase.Done(waiting = false)
            Delivery.Queued -> ReceiveState.Phase.Done(waiting = true)
            is Delivery.Refused -> ReceiveState.Phase.Refused(said.reason.why)
        }
        if (place != null) say(phase)
        if (shell.isLocked) shell.lock.refresh()
        curtain.workspaces().firstOrNull { it.id == shell.workspace && it.state is WorkspaceState.Erased }?.let { shell.erased(it.id) }
    }

    override fun finish() {
        act { place?.let(shell::done) }
    }
}

/** Files that do not open: put aside, never made anew. */
class DamagedPresenter internal constructor(shell: Shell) : Presenter<Place.Damaged, DamagedState>(shell), DamagedActions {
    override fun load(place: Place.Damaged) {
        val info = shell.core().curtain.workspaces().firstOrNull { it.id == shell.workspace }
        val aside = if (shell.isLocked) 0 else session { it.state() }.setAside.toInt()
        publishLocked(DamagedState(place.restored, info?.state is WorkspaceState.OtherPhone, aside, info?.institution.orEmpty()))
    }

    /** The checkpoint tells the institution how far this copy went; the core exports no file that does not authenticate. */
    override fun export() {
        act {
            val document = shell.core().curtain.checkpoint(shell.workspace ?: return@act)
            device.save("checkpoint.jws", "application/jose+json", document) {}
        }
    }

    override fun keepWorking() {
        act { place?.let(shell::done) }
    }

    /** With a document of the institution. */
    override fun recover() = shell.open(Place.Receive)

    /** A new enrolment beside it: this phone's request goes to the institution. */
    override fun startClean() {
        act { device.save("request.jws", "application/jose+json", shell.core().curtain.request().document) {} }
    }
}
