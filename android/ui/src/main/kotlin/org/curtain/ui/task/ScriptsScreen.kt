package org.curtain.ui.task

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.ScriptCard
import org.curtain.kit.screen.ScriptsActions
import org.curtain.kit.screen.ScriptsState
import org.curtain.kit.screen.ShellActions
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Banner
import org.curtain.ui.part.BottomEdge
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.theme.Curtain

/** Ready sentences by moment, each to be read aloud or opened in the composer. */
@Composable
fun ScriptsScreen(state: ScriptsState, actions: ScriptsActions, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(top = { TaskHeader(words.scriptsTitle, go::back, AnnotatedString(words.scriptsWhat)) }, bottom = { BottomEdge() }) {
        if (state.languages.size > 1) {
            Segments(state.languages.map { it to languageName(it) }, state.language, choose = actions::language)
            Gap()
        }
        if (state.scripts.isEmpty()) Nothing(Icons.Forum, words.scriptsEmpty)
        Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) { for (script in state.scripts) Script(script, actions) }
        Gap(16.dp)
    }
}

@Composable
private fun Script(script: ScriptCard, actions: ScriptsActions) {
    val words = Curtain.words
    TitledCard(script.moment, words.scriptsRead(script.readSeconds.toString())) {
        Text(script.text, Modifier.padding(top = 6.dp), color = Curtain.colors.ink, style = Curtain.type.body)
        if (!script.approved) Banner(AnnotatedString(words.scriptsUnapproved), Modifier.padding(top = 10.dp), look = Look.REWRITE, icon = Icons.Translate)
        CurtainButton(words.use, { actions.use(script) }, Modifier.padding(top = 10.dp), ButtonLook.TONAL, small = true, label = words.labelled(words.use, script.moment))
    }
}
