package org.curtain.kit.screen

/** A note: written when typing rests, when the screen goes and before a lock. */
class NotePresenter internal constructor(shell: Shell) : Presenter<Place.Note, NoteState>(shell), NoteActions {
    private class Page(val who: Who, var id: String?, var title: String, var text: String, var filed: Boolean) {
        var safe = true
    }

    private var page: Page? = null
    private var rest: () -> Unit = {}

    override fun load(place: Place.Note) {
        session { session ->
            val note = place.note?.let(session::note)
            page = Page(session.patient(place.patient).who, note?.id, note?.title.orEmpty(), note?.text.orEmpty(), note?.chartedMs != null)
        }
        render()
    }

    override fun leave() {
        rest()
        page?.let(::write)
    }

    override fun forget() {
        page = null
    }

    override fun title(text: String) = changed { it.title = text }

    override fun type(text: String) = changed { it.text = text }

    private fun changed(work: (Page) -> Unit) {
        act {
            val now = page ?: return@act
            work(now)
            now.safe = false
            render()
            rest()
            rest = device.after(ComposerPresenter.REST_MS) {
                act {
                    if (page === now) {
                        write(now)
                        render()
                    }
                }
            }
        }
    }

    private fun write(now: Page) {
        val patient = place?.patient ?: return
        if (now.safe || now.text.isBlank()) return
        now.id = session { it.saveNote(now.id, patient, now.title, now.text) }
        now.safe = true
    }

    override fun file() {
        act {
            val (now, here) = (page ?: return@act) to (place ?: return@act)
            write(now)
            val id = now.id ?: return@act
            session { it.chartNote(id) }
            now.filed = true
            render()
            shell.done(here)
        }
    }

    private fun render() {
        val now = page ?: return
        // Neither a hold on one item nor the end of its keeping is told by the core.
        publish(NoteState(now.id, now.who, now.title, now.text, now.safe, now.filed, held = false, keptUntilMs = null))
    }
}
