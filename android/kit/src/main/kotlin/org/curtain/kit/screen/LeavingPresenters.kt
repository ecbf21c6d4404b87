package org.curtain.kit.screen

import org.curtain.core.CurtainException
import org.curtain.core.OpenItemKind

/** What is left to finish before this phone's copy may be erased. */
class LeavingPresenter internal constructor(shell: Shell) : Presenter<Place.Leaving, LeavingState>(shell), LeavingActions {
    /** How many there were when this was opened first, since the unlock. */
    private var most = HashMap<Waiting.Kind, Int>()

    override fun load(place: Place.Leaving) {
        val info = shell.core().curtain.workspaces().firstOrNull { it.id == shell.workspace }
        val list = session { it.checklist() }
        // Names are behind the lease; leaving is not.
        val people = unlessOver(emptyList()) { session { it.patients() } }.associateBy { it.id }
        val groups = list.open.groupBy { it.kind.shown }.map { (kind, items) ->
            OpenGroup(kind, items.size, items.mapNotNull { people[it.patient]?.displayName }.distinct(), items.map { it.id })
        }
        groups.forEach { most.merge(it.kind, it.count, ::maxOf) }
        val finished = most.map { (kind, count) -> Finished(kind, count - (groups.firstOrNull { it.kind == kind }?.count ?: 0)) }.filter { it.count > 0 }
        publish(
            LeavingState(
                institution = info?.institution.orEmpty(),
                endsMs = list.leaving?.let { listOfNotNull(it.leavingUntilMs, it.leaseUntilMs).minOrNull() },
                done = finished.sumOf { it.count },
                open = groups,
                finished = finished,
                held = list.held.toInt(),
                next = list.open.firstOrNull()?.let { LeavingState.Next(it.kind.shown, it.id, people[it.patient]?.who) },
            ),
        )
    }

    override fun leave() {
        if (!shell.leadsTo(Place.Leaving)) most.clear()
    }

    override fun next() = act { session { it.checklist() }.open.firstOrNull()?.let { go(it.id) } }.let { }

    override fun open(group: OpenGroup) = act { group.ids.firstOrNull()?.let(::go) }.let { }

    private fun go(id: String) {
        val item = session { it.checklist() }.open.firstOrNull { it.id == id } ?: return
        when (item.kind) {
            OpenItemKind.UNSENT -> shell.go(Place.Composer(id))
            OpenItemKind.UNCHARTED_NOTE -> shell.go(Place.Note(item.patient, id))
            OpenItemKind.UNCHARTED, OpenItemKind.UNKNOWN_OUTCOME, OpenItemKind.NEEDS_CALL -> shell.go(Place.Today)
        }
    }

    override fun discard(id: String, why: WhyDiscard) {
        act {
            shell.fresh.token { token ->
                session { it.discard(id, why.inCore, token) }
                reload()
            }
        }
    }

    override fun handOver() {
        act {
            shell.fresh.token { token ->
                val sealed = session { it.handOver(token) }
                device.save("handed-over.age", "application/octet-stream", sealed) { saved -> if (saved) act { reload() } }
            }
        }
    }

    override fun arrived() {
        act {
            shell.fresh.token { token ->
                session { it.discardHandedOver(token) }
                reload()
            }
        }
    }

    override fun erase() {
        act {
            if (session { it.checklist() }.open.isNotEmpty()) return@act
            shell.fresh.token { token ->
                shell.countdown.armed(token)
                shell.go(Place.Countdown)
            }
        }
    }
}

/** Five seconds in which everything stops it: Stop, Back, a lock, a call that takes the app to the background. */
class CountdownPresenter internal constructor(shell: Shell) : Presenter<Place.Countdown, CountdownState>(shell), CountdownActions {
    private var token: String? = null
    private var left = 0
    private var again: () -> Unit = {}
    private var counts = Triple(0, 0, 0)
    private var institution = ""

    /** On the worker, after the passcode. */
    internal fun armed(token: String) {
        this.token = token
    }

    override fun load(place: Place.Countdown) {
        if (token == null) return shell.done(place)
        left = SECONDS
        institution = shell.core().curtain.workspaces().firstOrNull { it.id == shell.workspace }?.institution.orEmpty()
        counts = unlessOver(Triple(0, 0, 0)) {
            session { session ->
                val all = session.patients().map { it.id }
                Triple(all.size, all.sumOf { session.notes(it).size }, all.sumOf { session.photos(it).size })
            }
        }
        render()
        nextSecond()
    }

    private fun nextSecond() {
        again = device.after(1_000) { act(::second) }
    }

    private fun second() {
        val (here, spent) = (place ?: return) to (token ?: return)
        left -= 1
        if (left > 0) {
            device.tick(Device.Tick.SOFT)
            render()
            return nextSecond()
        }
        token = null
        device.tick(Device.Tick.LONG)
        val workspace = shell.workspace ?: return
        try {
            shell.core().wipe(workspace, spent)
        } catch (error: CurtainException) {
            // What keeps it: nothing was erased, and the list says what is left.
            shell.done(here)
            throw error
        }
        shell.erased(workspace)
    }

    private fun render() = publish(CountdownState(institution, left, SECONDS, counts.first, counts.second, counts.third))

    override fun leave() {
        again()
        token = null
    }

    override fun stop() {
        act { place?.let(shell::done) }
    }

    private companion object {
        const val SECONDS = 5
    }
}

/** The signed receipt of an erased workspace, until the institution acknowledged it. Shown while locked. */
class ReceiptPresenter internal constructor(shell: Shell) : Presenter<Place.Receipt, ReceiptState>(shell), ReceiptActions {
    private var document: ByteArray? = null

    override fun load(place: Place.Receipt) {
        val signed = shell.core().curtain.receipt(place.workspace) ?: return shell.done(place)
        document = signed
        val facts = Facts.of(signed)
        publishLocked(
            ReceiptState(
                institution = facts.text("institution").orEmpty(),
                erasedMs = facts.number("finished_ms") ?: 0,
                cause = facts.text("cause").orEmpty(),
                lines = LINES.mapNotNull { name -> facts.plain(name)?.let { name to it } },
                parts = Parts.of(signed),
                left = (facts.number("files") ?: 0).toInt(),
                acknowledged = false,
            ),
        )
    }

    override fun save() {
        act { document?.let { device.save("receipt.jws", "application/jose+json", it) {} } }
    }

    override fun done() {
        act { place?.let(shell::done) }
    }

    private companion object {
        val LINES = listOf("method", "keys_deleted", "held", "keystore", "journal_size", "journal_root", "app_version")
    }
}
