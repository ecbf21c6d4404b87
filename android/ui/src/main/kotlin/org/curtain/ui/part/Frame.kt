package org.curtain.ui.part

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.draw.shadow
import androidx.compose.ui.graphics.RectangleShape
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.isTraversalGroup
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.traversalIndex
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.compose.ui.zIndex
import org.curtain.kit.screen.Who
import org.curtain.ui.icon.Icons
import org.curtain.ui.theme.Curtain

/** A screen: [top], what scrolls, and [bottom] under the thumb. The reading order is the order on the screen. */
@Composable
fun ScreenFrame(
    modifier: Modifier = Modifier,
    top: @Composable () -> Unit = {},
    bottom: @Composable () -> Unit = { BottomEdge() },
    scrolls: Boolean = true,
    margin: Dp = 16.dp,
    content: @Composable ColumnScope.() -> Unit,
) {
    Column(modifier.fillMaxSize().background(Curtain.colors.ground)) {
        Spacer(Modifier.height(Curtain.edges.top))
        Box(Modifier.semantics { isTraversalGroup = true; traversalIndex = 0f }) { top() }
        Column(
            Modifier.weight(1f).fillMaxWidth().semantics { isTraversalGroup = true; traversalIndex = 1f }
                .then(if (scrolls) Modifier.verticalScroll(rememberScrollState()) else Modifier).padding(horizontal = margin),
            content = content,
        )
        Box(Modifier.zIndex(1f).semantics { isTraversalGroup = true; traversalIndex = 2f }) { bottom() }
    }
}

/** The height that the system or its keyboard covers below. */
@Composable
fun BottomEdge(modifier: Modifier = Modifier) = Spacer(modifier.fillMaxWidth().height(maxOf(Curtain.edges.bottom, Curtain.edges.keyboard)))

/** The title of one of the four roots, large, with what stands at its end. */
@Composable
fun RootHeader(title: String, second: String? = null, end: @Composable () -> Unit = {}) {
    val titles: @Composable (Modifier) -> Unit = {
        Column(it) {
            Text(title, Modifier.semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.display)
            if (second != null) Text(second, color = Curtain.colors.ink2, style = Curtain.type.small)
        }
    }
    if (Curtain.largeType) {
        Column(Modifier.fillMaxWidth().padding(start = 20.dp, end = 12.dp, top = 4.dp, bottom = 12.dp)) {
            titles(Modifier)
            Spacer(Modifier.height(6.dp))
            end()
        }
    } else {
        Row(Modifier.fillMaxWidth().padding(start = 20.dp, end = 12.dp, top = 4.dp, bottom = 12.dp), verticalAlignment = Alignment.Bottom) {
            titles(Modifier.weight(1f))
            end()
        }
    }
}

/** The bar of a task: back, a title and what stands at its end, or below it at large type. */
@Composable
fun TaskHeader(title: String? = null, onBack: () -> Unit, second: AnnotatedString? = null, end: @Composable () -> Unit = {}) {
    Column(Modifier.fillMaxWidth()) {
        Row(
            Modifier.fillMaxWidth().defaultMinSize(minHeight = 60.dp).padding(start = 8.dp, end = 8.dp, top = 4.dp, bottom = 8.dp),
            Arrangement.spacedBy(4.dp), Alignment.CenterVertically,
        ) {
            IconTarget(Icons.ArrowBack, Curtain.words.back, onBack)
            Column(Modifier.weight(1f).padding(start = 4.dp).semantics(mergeDescendants = true) { if (title != null) heading() }) {
                if (title != null) Text(title, color = Curtain.colors.ink, style = Curtain.type.name)
                if (second != null) Text(second, color = Curtain.colors.ink2, style = Curtain.type.caption)
            }
            if (!Curtain.largeType) end()
        }
        if (Curtain.largeType) Box(Modifier.padding(start = 64.dp, bottom = 6.dp)) { end() }
    }
}

/** Who it is about, by name and two identifiers; [lines] more below. Never a bare first name. */
@Composable
fun WhoHeader(who: Who, onBack: () -> Unit, line: String? = null, end: @Composable () -> Unit = {}) =
    TaskHeader(who.name, onBack, AnnotatedString(listOfNotNull(identifiers(who), line).joinToString("\n")), end)

/** "14 Mar 1961 · MRN 40 71 93" */
@Composable
fun identifiers(who: Who, born: Boolean = false): String {
    val words = Curtain.words
    val date = who.born?.let { Curtain.moments.born(it) }
    return listOfNotNull(date?.let { if (born) words.patientBorn(it) else it }, who.record?.let { words.patientRecord(it) }).joinToString(" · ")
}

/** Where a task acts: above the thumb, over what scrolls. */
@Composable
fun Dock(modifier: Modifier = Modifier, content: @Composable ColumnScope.() -> Unit) {
    val line = Curtain.colors.line
    Column(
        modifier.fillMaxWidth().then(if (Curtain.colors.dark) Modifier else Modifier.shadow(12.dp, RectangleShape, clip = false))
            .background(Curtain.colors.surface)
            .drawBehind { drawRect(line, size = size.copy(height = 1.dp.toPx())) },
    ) {
        Column(Modifier.fillMaxWidth().padding(start = 16.dp, end = 16.dp, top = 12.dp, bottom = 4.dp), Arrangement.spacedBy(12.dp), content = content)
        BottomEdge()
    }
}
