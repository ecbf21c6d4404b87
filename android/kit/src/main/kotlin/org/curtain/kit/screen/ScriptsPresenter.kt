package org.curtain.kit.screen

import org.curtain.core.Channel
import org.curtain.core.Lang

/** Ready sentences for hard moments. */
class ScriptsPresenter internal constructor(shell: Shell) : Presenter<Place.Scripts, ScriptsState>(shell), ScriptsActions {
    private var chosen: Lang? = null

    override fun load(place: Place.Scripts) {
        val lang = chosen ?: shell.lang
        publish(ScriptsState(lang.code, Lang.entries.map { it.code }, session { it.scripts(null, lang) }.map { it.card() }))
    }

    override fun language(code: String) {
        act {
            chosen = langOf(code)
            reload()
        }
    }

    override fun use(script: ScriptCard) {
        act { shell.go(Place.Composer(session { it.draftOf(null, Channel.SMS, script.text) })) }
    }
}
