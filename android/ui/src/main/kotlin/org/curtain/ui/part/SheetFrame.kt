package org.curtain.ui.part

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.focusable
import androidx.compose.foundation.gestures.detectTapGestures
import androidx.compose.foundation.interaction.MutableInteractionSource
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.dismiss
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.paneTitle
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Radius

/** A screen with a sheet over it while [sheet] is not null; what is behind is then out of reach for fingers and screen readers. */
@Composable
fun WithSheet(open: Boolean, sheet: @Composable () -> Unit, screen: @Composable () -> Unit) {
    Box(Modifier.fillMaxSize()) {
        Box(if (open) Modifier.fillMaxSize().clearAndSetSemantics {} else Modifier.fillMaxSize()) { screen() }
        if (open) sheet()
    }
}

/** A sheet from below over the scrim. Focus goes to its [title]; a tap outside is [onDismiss], as back is. */
@Composable
fun SheetFrame(title: String, onDismiss: () -> Unit, second: String? = null, content: @Composable ColumnScope.() -> Unit) {
    val focus = remember { FocusRequester() }
    BoxWithConstraints(Modifier.fillMaxSize()) {
        Box(Modifier.fillMaxSize().background(Curtain.colors.scrim).pointerInput(onDismiss) { detectTapGestures { onDismiss() } })
        Column(
            Modifier.align(Alignment.BottomCenter).fillMaxWidth().heightIn(max = maxHeight - Curtain.edges.top)
                .clip(RoundedCornerShape(topStart = Radius.sheet, topEnd = Radius.sheet)).background(Curtain.colors.surface)
                .clickable(remember { MutableInteractionSource() }, null, enabled = false) {}
                .semantics { paneTitle = title; dismiss { onDismiss(); true } },
        ) {
            Box(Modifier.padding(top = 10.dp, bottom = 16.dp).align(Alignment.CenterHorizontally).size(36.dp, 4.dp).clip(RoundedCornerShape(4.dp)).background(Curtain.colors.lineStrong))
            Column(Modifier.weight(1f, fill = false).verticalScroll(rememberScrollState()).padding(horizontal = 20.dp)) {
                Text(title, Modifier.focusRequester(focus).focusable().semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.title)
                if (second != null) Text(second, Modifier.padding(top = 4.dp), color = Curtain.colors.ink2, style = Curtain.type.small)
                content()
                Spacer(Modifier.height(8.dp))
            }
            BottomEdge()
            LaunchedEffect(title) { focus.requestFocus() }
        }
    }
}
