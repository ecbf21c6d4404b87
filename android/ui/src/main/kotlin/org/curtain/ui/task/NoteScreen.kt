package org.curtain.ui.task

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.NoteActions
import org.curtain.kit.screen.NoteState
import org.curtain.kit.screen.ShellActions
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Banner
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.LabelledField
import org.curtain.ui.part.PlainField
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.Tag
import org.curtain.ui.part.WhoHeader
import org.curtain.ui.theme.Curtain

/** A note about one patient: written here, filed to the chart, gone by its date. Filed ones are read only. */
@Composable
fun NoteScreen(state: NoteState, actions: NoteActions, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(
        top = {
            Column {
                WhoHeader(state.who, go::back) {
                    if (state.filed) Tag(words.todayFiled, look = Look.ALLOW)
                    else if (state.safe) Tag(words.composerSafe, icon = Icons.Check)
                    else Tag(words.composerSaving, icon = Icons.Edit)
                }
            }
        },
        bottom = {
            Dock {
                if (state.filed) DockLine(words.noteFiled) else PrimaryButton(words.noteFile, actions::file, Modifier.fillMaxWidth(), Icons.AssignmentTurnedIn)
                state.keptUntilMs?.let { DockLine(words.noteKept(Curtain.moments.date(it))) }
            }
        },
    ) {
        if (state.held) {
            Banner(AnnotatedString(words.noteHeld), icon = Icons.Gavel)
            Gap()
        }
        if (state.filed) {
            CurtainCard {
                Text(state.title, color = Curtain.colors.ink, style = Curtain.type.head)
                Text(state.text, Modifier.padding(top = 8.dp), color = Curtain.colors.ink, style = Curtain.type.draft)
            }
        } else {
            LabelledField(words.noteTitle, state.title, actions::title)
            Gap()
            CurtainCard {
                PlainField(
                    state.text, { text, _ -> actions.type(text) }, Curtain.type.draft, Modifier.fillMaxWidth().semantics { contentDescription = words.noteText },
                    hint = words.noteHint,
                ) { Box(Modifier.fillMaxWidth().defaultMinSize(minHeight = 320.dp)) { it() } }
            }
        }
        Gap(16.dp)
    }
}
