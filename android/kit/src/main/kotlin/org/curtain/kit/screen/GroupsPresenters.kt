package org.curtain.kit.screen

import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.Roster
import org.curtain.core.RosterMember

/** A roster is confirmed anew after this long, as in the core. */
private const val FRESH_MS = 7L * 24 * 3_600_000

/** Every roster. */
class GroupsPresenter internal constructor(shell: Shell) : Presenter<Place.Groups, GroupsState>(shell) {
    override fun load(place: Place.Groups) {
        val now = device.nowMs()
        publish(GroupsState(session { it.rosters() }.map { RosterCard(it.id, it.name, it.members.size, it.confirmedMs, now - it.confirmedMs !in 0..FRESH_MS) }))
    }
}

/** One roster: who is in it, and until when. */
class RosterPresenter internal constructor(shell: Shell) : Presenter<Place.Roster, RosterState>(shell), RosterActions {
    override fun load(place: Place.Roster) {
        val roster = session { it.rosters() }.firstOrNull { it.id == place.roster } ?: return shell.trouble(Trouble.Kind.GONE)
        val clinician = shell.core().curtain.workspaces().firstOrNull { it.id == shell.workspace }?.clinician
        val now = device.nowMs()
        val people = roster.members.map { Member(it.name, it.role, it.untilMs, kind(it, now, clinician)) }
        val age = now - roster.confirmedMs
        publish(
            RosterState(
                id = roster.id,
                name = roster.name,
                people = people,
                confirmedMs = roster.confirmedMs,
                daysOld = (age / (24 * 3_600_000)).toInt(),
                stale = age !in 0..FRESH_MS,
                left = people.count { it.kind == Member.Kind.LEFT },
                students = people.count { it.kind == Member.Kind.STUDENT },
                // Clues are of a text, and counted with it in the composer.
                clues = 0,
            ),
        )
    }

    private fun kind(member: RosterMember, now: Long, clinician: String?) = when {
        member.untilMs?.let { it < now } == true -> Member.Kind.LEFT
        member.name == clinician -> Member.Kind.YOU
        member.role.contains("student", ignoreCase = true) -> Member.Kind.STUDENT
        else -> Member.Kind.HERE
    }

    override fun remove(member: Member) = change { roster ->
        roster.copy(members = roster.members.filterNot { it.name == member.name && it.role == member.role })
    }

    override fun add(name: String, role: String, untilMs: Long?) = change { it.copy(members = it.members + RosterMember(name, role, untilMs)) }

    override fun confirm() = change { it.copy(confirmedMs = device.nowMs()) }

    private fun change(work: (Roster) -> Roster) {
        act {
            val here = place ?: return@act
            session { session -> session.rosters().firstOrNull { it.id == here.roster }?.let { session.saveRoster(work(it)) } }
            reload()
        }
    }

    override fun message() {
        act {
            val here = place ?: return@act
            val draft = session { it.newDraft(null, Channel.SECURE_MESSAGING, Audience.GROUP) }
            shell.rosters[draft] = here.roster
            shell.go(Place.Composer(draft))
        }
    }
}
