package org.curtain.kit.screen

import java.util.concurrent.atomic.AtomicReference
import org.curtain.core.AssessRequest
import org.curtain.core.Assessment
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.ContactKind
import org.curtain.core.HandedOff
import org.curtain.core.NumberAsk
import org.curtain.core.Patient
import org.curtain.core.Session

/**
 * The composer: each keystroke is assessed and then written; of keystrokes that wait for the worker only the newest counts.
 * A stricter verdict is shown at once, a softer one after [REST_MS] without a keystroke; spans always at once.
 */
class ComposerPresenter internal constructor(shell: Shell) : Presenter<Place.Composer, ComposerState>(shell), ComposerActions {
    private class Typed(val text: String, val cursor: Int)

    /** What is about one draft; dropped as a whole. */
    private class Desk(val id: String, val patient: Patient?, val audience: Audience, var channel: Channel, var text: String) {
        var said: Assessment? = null
        var panel: Assessment? = null
        var sheet: Sheet? = null
        var undo: String? = null
        var safe = true
        var chart: String? = null
        var handed: HandedOff? = null
        var banner: ConsentBanner? = null
        var scripts: List<ScriptCard> = emptyList()
        var ready = false

        val contact get() = patient?.contactFor(channel)
    }

    private val newest = AtomicReference<Typed?>()
    private var desk: Desk? = null
    private var rest: () -> Unit = {}
    private var undoEnds: () -> Unit = {}

    override fun load(place: Place.Composer) {
        session { session ->
            val draft = session.drafts().firstOrNull { it.id == place.draft }?.draft
            desk = draft?.let { Desk(place.draft, it.patient?.let(session::patient), it.audience, it.channel, it.text) }
        }
        val now = desk ?: return shell.go(Place.Today).also { shell.trouble(Trouble.Kind.GONE) }
        if (now.text.isBlank()) now.scripts = cards()
        judge(now, atOnce = true)
    }

    override fun leave() {
        rest()
        undoEnds()
        val now = desk ?: return
        // An empty draft nobody needs; one that the way back leads to stays.
        if (now.text.isBlank() && now.handed == null && !shell.leadsTo(Place.Composer(now.id))) session { it.discardDraft(now.id) }
    }

    override fun forget() {
        desk = null
        newest.set(null)
    }

    override fun back(): Boolean = (state.value?.sheet != null).also { if (it) closeSheet() }

    override fun type(text: String, cursor: Int) {
        newest.set(Typed(text, cursor))
        act {
            val typed = newest.getAndSet(null) ?: return@act
            desk?.takeIf { it.handed == null }?.let { write(it, typed.text, typed.cursor) }
        }
    }

    private fun write(now: Desk, text: String, cursor: Int = text.length, atOnce: Boolean = false) {
        now.text = text
        now.safe = false
        now.ready = false
        if (text.isBlank() && now.scripts.isEmpty()) now.scripts = cards()
        session { session ->
            now.said = session.assess(text, request(now))
            session.typeDraft(now.id, text, cursor.coerceIn(0, text.length).toUInt())
        }
        reveal(now, atOnce)
        rest()
        rest = device.after(REST_MS) { act { if (desk === now) rested(now) } }
    }

    private fun rested(now: Desk) {
        now.safe = session { session ->
            session.tick()
            session.state().draftSafe
        }
        reveal(now, atOnce = true)
    }

    /** Decides anew: on another channel, or after the way back. */
    private fun judge(now: Desk, atOnce: Boolean) {
        session { session ->
            now.said = session.assess(now.text, request(now))
            now.banner = banner(session, now)
        }
        reveal(now, atOnce)
    }

    private fun reveal(now: Desk, atOnce: Boolean) {
        val (said, panel) = now.said to now.panel
        if (said != null && (panel == null || atOnce || !look(now, panel).softensTo(look(now, said)))) {
            now.panel = said
            if (panel != null && look(now, panel) != look(now, said)) {
                if (look(now, said).goes) device.tick(Device.Tick.LIGHT) else if (look(now, said) in TICKING) device.tick(Device.Tick.SOFT)
            }
        }
        render(now)
    }

    private fun look(now: Desk, said: Assessment): Look =
        if (said.bar.any { it.channel == now.channel && it.off }) Look.OFF else said.verdict.look

    private fun render(now: Desk) {
        val (said, panel) = (now.said ?: return) to (now.panel ?: return)
        val look = look(now, panel)
        val (way, best) = now.channel.way to panel.best?.way
        val action = action(now, panel, look)
        publish(
            ComposerState(
                draft = now.id,
                who = now.patient?.who,
                to = now.audience.to,
                way = way,
                owner = now.contact?.whose,
                text = now.text,
                safe = now.safe,
                spans = said.findings.mapNotNull { it.shown(now.text) },
                look = look,
                headline = panel.headline,
                why = panel.why,
                readyTexts = panel.rewrites.map { it.shown() },
                consent = now.banner?.takeIf { it.kind != ConsentBanner.Kind.NEEDED || look == Look.CONSENT },
                chartText = if (look.goes && panel.mustDocument) now.chart ?: panel.chartText else null,
                chartLimit = CHART_LIMIT,
                bar = panel.bar.map { it.cell(way, best?.takeIf { best -> best != way }) },
                action = action,
                second = second(panel, look, action),
                trace = panel.reasons.map { it.line(panel.findings) },
                sheet = now.sheet,
                undo = now.undo != null,
                length = said.length.units.toInt(),
                single = said.length.single.toInt(),
                segments = said.length.segments.toInt(),
                starters = if (now.text.isBlank() || now.ready) now.scripts else emptyList(),
            ),
        )
    }

    private fun action(now: Desk, panel: Assessment, look: Look): MainAction = when {
        look.goes -> MainAction.HandOff(now.channel.way, now.contact?.whose)
        look == Look.CONSENT && now.patient != null && now.contact != null -> MainAction.AskConsent
        look == Look.REWRITE && panel.rewrites.isNotEmpty() -> MainAction.UseFirst
        look == Look.REVIEW -> MainAction.ChooseReady
        look == Look.BLOCK && panel.opens(Way.PHONE) -> MainAction.GoBy(Way.PHONE)
        else -> MainAction.GoBy(panel.redirect?.way ?: panel.best?.way ?: Way.PHONE)
    }

    private fun second(panel: Assessment, look: Look, action: MainAction): Way? {
        if (look.goes) return null
        val first = (action as? MainAction.GoBy)?.way
        return listOfNotNull(panel.redirect?.way, Way.PORTAL.takeIf { panel.opens(it) }, Way.PHONE.takeIf { panel.opens(it) }).firstOrNull { it != first }
    }

    private fun Assessment.opens(way: Way) = bar.any { it.channel.way == way && it.look.goes }

    override fun choose(way: Way) = at { turn(it, way) }

    private fun turn(now: Desk, way: Way) {
        val channel = way.channel ?: return
        session { it.turnDraft(now.id, channel) }
        now.channel = channel
        judge(now, atOnce = true)
    }

    override fun takeOut(span: MarkedSpan) = at { now ->
        if (span.end > now.text.length || now.text.substring(span.start, span.end) != span.quoted) return@at
        val (left, right) = now.text.take(span.start) to now.text.drop(span.end)
        // One space of the two around it goes with it.
        swap(now, if (left.endsWith(' ') && (right.isEmpty() || right[0] in " .,;:")) left.dropLast(1) + right else left + right)
    }

    override fun use(ready: ReadyText) = at { now ->
        if (ready.way.channel.let { it != null && it != now.channel }) turn(now, ready.way)
        swap(now, ready.text)
    }

    override fun useScript(script: ScriptCard) = at { swap(it, script.text) }

    override fun undo() = at { now ->
        val before = now.undo ?: return@at
        now.undo = null
        write(now, before, atOnce = true)
    }

    private fun swap(now: Desk, text: String) {
        now.undo = now.text
        undoEnds()
        undoEnds = device.after(UNDO_MS) { act { if (desk === now) { now.undo = null; render(now) } } }
        write(now, text, atOnce = true)
    }

    override fun main() = at { now ->
        when (val action = action(now, now.panel ?: return@at, look(now, now.panel ?: return@at))) {
            is MainAction.HandOff -> ask(now)
            is MainAction.GoBy -> goBy(now, action.way)
            MainAction.AskConsent -> consent(now)
            MainAction.UseFirst -> now.panel?.rewrites?.firstOrNull()?.shown()?.let { ready ->
                if (ready.way.channel.let { it != null && it != now.channel }) turn(now, ready.way)
                swap(now, ready.text)
            }
            MainAction.ChooseReady -> {
                now.ready = true
                if (now.scripts.isEmpty()) now.scripts = cards()
                render(now)
            }
        }
    }

    override fun second() = at { now ->
        val panel = now.panel ?: return@at
        second(panel, look(now, panel), action(now, panel, look(now, panel)))?.let { goBy(now, it) }
    }

    private fun goBy(now: Desk, way: Way) {
        if (way.channel == null) return sheet(now, Sheet.CopyInstead(now.text, null))
        turn(now, way)
        if (look(now, now.said ?: return).goes) ask(now)
    }

    override fun trace() = at { sheet(it, Sheet.Trace) }

    override fun closeSheet() = at { now ->
        when (now.sheet) {
            // Not answered: Today asks again.
            is Sheet.Outcome -> shell.go(Place.Today)
            is Sheet.CopyInstead -> now.handed.let { if (it == null) sheet(now, null) else outcome(now, it) }
            else -> sheet(now, null)
        }
    }

    private fun sheet(now: Desk, sheet: Sheet?) {
        now.sheet = sheet
        render(now)
    }

    /** Before a number is used, its last four digits; a portal has none. */
    private fun ask(now: Desk) {
        val patient = now.patient
        if (patient == null || now.channel.kind != ContactKind.PHONE) return handOff(now)
        val address = now.contact?.value ?: return shell.trouble(Trouble.Kind.FIELD, "address")
        val check = session { it.numberCheck(patient.id, address) }
        val (kind, tiles) = when (val ask = check.ask) {
            is NumberAsk.Tap -> Sheet.HandOff.Ask.OPEN to listOf(ask.digits)
            is NumberAsk.Match -> Sheet.HandOff.Ask.MATCH to ask.tiles
            NumberAsk.Type -> Sheet.HandOff.Ask.TYPE to emptyList()
        }
        sheet(now, Sheet.HandOff(patient.who, kind, tiles, check.verifiedMs, wrong = false))
    }

    override fun digits(lastFour: String) = at { now ->
        val (patient, address) = (now.patient ?: return@at) to (now.contact?.value ?: return@at)
        val open = now.sheet as? Sheet.HandOff ?: return@at
        // A wrong one closes the choice: guessing on is no check.
        if (open.wrong) return@at
        if (!session { it.confirmNumber(patient.id, address, lastFour) }) {
            device.tick(Device.Tick.SOFT)
            return@at sheet(now, Sheet.HandOff(open.who, open.ask, open.tiles, open.checkedMs, wrong = true))
        }
        handOff(now)
    }

    override fun noneOfThese() = at { now ->
        now.sheet = null
        now.patient?.let { shell.go(Place.EditPatient(it.id)) }
    }

    private fun handOff(now: Desk) {
        val handed = session { session ->
            session.handOff(now.id, request(now)).also { handed -> now.chart?.let { chart(session, handed.message, it) } }
        }
        now.handed = handed
        newest.set(null)
        // A portal's link carries no text: it waits in the clipboard.
        if (now.channel.kind == null) device.copy(now.text, TodayPresenter.CLIPBOARD_SECONDS)
        if (device.open(handed.link)) outcome(now, handed) else sheet(now, Sheet.CopyInstead(now.text, now.contact?.value))
    }

    private fun chart(session: Session, message: String, text: String) {
        session.chartItems().firstOrNull { it.source == message }?.let { session.editChart(it.id, text) }
    }

    private fun outcome(now: Desk, handed: HandedOff) =
        sheet(now, Sheet.Outcome(now.patient?.who, handed.message, now.channel.way, handed.lastFour, device.nowMs(), now.chart ?: handed.chartText))

    override fun outcome(sent: Sent) = at { now ->
        val handed = now.handed ?: return@at
        session { it.recordOutcome(handed.message, sent.outcome) }
        shell.go(Place.Today)
    }

    override fun askConsent() = at(::consent)

    private fun consent(now: Desk) {
        val (patient, contact) = (now.patient ?: return) to (now.contact ?: return)
        shell.go(Place.Consent(patient.id, now.channel.way, contact.value))
    }

    override fun editChart(text: String) = at { now ->
        now.chart = text.take(CHART_LIMIT)
        render(now)
    }

    override fun copy(text: String) {
        device.copy(text, TodayPresenter.CLIPBOARD_SECONDS)
    }

    private fun request(now: Desk): AssessRequest =
        AssessRequest(now.patient?.id, now.channel, now.audience, now.contact?.value, shell.rosters[now.id], emptyList(), shell.lang)

    private fun banner(session: Session, now: Desk): ConsentBanner? {
        val (patient, contact) = (now.patient ?: return null) to (now.contact ?: return null)
        if (now.channel == Channel.PHONE) return null
        val name = patient.names.firstOrNull()?.given?.firstOrNull() ?: patient.fullName
        return session.consentStanding(patient.id, now.channel, contact.value).banner(name, lastFour(contact.value), session.answeredMs(patient.id, now.channel, contact.value))
    }

    private fun cards(): List<ScriptCard> = session { it.scripts(desk?.patient?.id, shell.lang) }.map { it.card() }

    private fun at(work: (Desk) -> Unit) {
        act { desk?.let(work) }
    }

    internal companion object {
        /** After this long without a keystroke a softer verdict is shown and what was typed is written. */
        const val REST_MS = 250L
        const val UNDO_MS = 10_000L
        const val CHART_LIMIT = 600
        private val TICKING = setOf(Look.BLOCK, Look.OFF, Look.REDIRECT)
    }
}
