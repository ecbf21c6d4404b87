package org.curtain.kit.screen

import org.curtain.core.OpenItemKind
import org.curtain.core.Session

/** What waits: questions about hand-offs first, then chart texts, then drafts. */
class TodayPresenter internal constructor(shell: Shell) : Presenter<Place.Today, TodayState>(shell), TodayActions {
    override fun load(place: Place.Today) {
        val info = shell.core().curtain.workspaces().firstOrNull { it.id == shell.workspace }
        publish(
            session { session ->
                val people = unlessOver(emptyList()) { session.patients() }.associate { it.id to it.who }
                val open = session.checklist().open
                val asked = open.filter { it.kind == OpenItemKind.UNKNOWN_OUTCOME || it.kind == OpenItemKind.NEEDS_CALL }
                val messages = asked.map { it.patient }.distinct().filter(people::containsKey)
                    .flatMap { unlessOver(emptyList()) { session.messages(it) } }.associateBy { it.id }
                TodayState(
                    nowMs = device.nowMs(),
                    clinician = info?.clinician.orEmpty(),
                    leaseUntilMs = info?.leaving?.leaseUntilMs,
                    leaseNear = info?.leaving?.near ?: false,
                    leavingDays = info?.leaving?.takeIf { it.near }?.leavingUntilMs?.let { daysUntil(it, device.nowMs()) },
                    setAside = session.state().setAside.toInt(),
                    outcomes = asked.map { item ->
                        val message = messages[item.id]?.message
                        Waiting(item.id, people[item.patient], item.kind.shown, message?.channel?.way, message?.let { lastFour(it.address) }, item.sinceMs)
                    },
                    toChart = session.chartItems().map { Waiting(it.id, people[it.patient], it.kind.shown, null, null, it.createdMs) },
                    drafts = unlessOver(emptyList()) { session.drafts() }.map { saved ->
                        val draft = saved.draft
                        Waiting(saved.id, draft.patient?.let(people::get), Waiting.Kind.DRAFT_MESSAGE, draft.channel.way, null, draft.updatedMs)
                    },
                )
            },
        )
    }

    override fun answer(message: String, sent: Sent) = change { it.recordOutcome(message, sent.outcome) }

    override fun recordCall(message: String, reached: Reached) = change { it.recordCall(message, reached.outcome) }

    override fun copyChart(item: String) = copy { it == item }

    override fun copyAll() = copy { true }

    override fun filed(item: String) = change { it.fileChart(item) }

    override fun resume(draft: String) = shell.open(Place.Composer(draft))

    private fun change(work: (Session) -> Unit) {
        act {
            session(work)
            reload()
        }
    }

    /** Only the texts: the record that they are pasted into says whose they are. */
    private fun copy(which: (String) -> Boolean) {
        act {
            val texts = session { it.chartItems() }.filter { which(it.id) }.map { it.text }
            if (texts.isNotEmpty()) device.copy(texts.joinToString("\n\n"), CLIPBOARD_SECONDS)
        }
    }

    internal companion object {
        private const val DAY_MS = 86_400_000L

        /** Begun days count whole. */
        private fun daysUntil(endMs: Long, nowMs: Long): Int = ((endMs - nowMs).coerceAtLeast(0) + DAY_MS - 1).div(DAY_MS).coerceAtMost(Int.MAX_VALUE.toLong()).toInt()

        /** After this many seconds a copy is taken back. */
        const val CLIPBOARD_SECONDS = 60
    }
}
