package org.curtain.ui.part

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.ShellState
import org.curtain.ui.icon.Icons
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Size

private const val QUIET_UNTIL = 30

/** The four roots and, always last and one tap away, Lock with the time left. Where the words do not fit in one row there are two. */
@Composable
fun BottomBar(shell: ShellState, go: ShellActions) {
    val words = Curtain.words
    val colors = Curtain.colors
    val roots = listOf(
        Triple(Place.Today, words.rootToday, Icons.Today), Triple(Place.Patients, words.rootPatients, Icons.Person),
        Triple(Place.Groups, words.rootGroups, Icons.Groups), Triple(Place.More, words.rootMore, Icons.MoreHoriz),
    )
    val measurer = rememberTextMeasurer()
    val style = Curtain.type.caption.copy(fontWeight = FontWeight(650))
    Column(
        Modifier.fillMaxWidth().background(colors.surface).drawBehind { drawRect(colors.line, size = size.copy(height = 1.dp.toPx())) }
            .padding(start = 8.dp, end = 8.dp, top = 6.dp),
    ) {
        BoxWithConstraints {
            val cell = constraints.maxWidth / 5
            val one = roots.all { measurer.measure(it.second, style).size.width <= cell }
            val items = roots.map<_, @Composable (Modifier) -> Unit> { (place, word, icon) ->
                { RootCell(it, word, icon, shell.place == place) { go.open(place) } }
            } + { LockCell(it, shell.lockSeconds, go::lock, one) }
            Column(Modifier.selectableGroup()) {
                for (row in if (one) listOf(items) else listOf(items.take(3), listOf(items[3], { Spacer(it) }, items[4]))) {
                    Row(Modifier.fillMaxWidth()) { row.forEach { it(Modifier.weight(1f)) } }
                }
            }
        }
        Spacer(Modifier.height(Curtain.edges.bottom))
    }
}

@Composable
private fun RootCell(modifier: Modifier, word: String, icon: ImageVector, selected: Boolean, onClick: () -> Unit) {
    val ink = if (selected) Curtain.colors.onPrimarySoft else Curtain.colors.ink2
    Column(
        modifier.defaultMinSize(minHeight = Size.action).clip(RoundedCornerShape(14.dp)).selectable(selected, role = Role.Tab, onClick = onClick),
        Arrangement.spacedBy(2.dp), Alignment.CenterHorizontally,
    ) {
        Pill(icon, ink, selected)
        Text(word, color = ink, style = Curtain.type.caption.copy(fontWeight = FontWeight(if (selected) 650 else 500)), textAlign = TextAlign.Center)
    }
}

@Composable
private fun Pill(icon: ImageVector, ink: androidx.compose.ui.graphics.Color, selected: Boolean) {
    Box(
        Modifier.size(56.dp, 30.dp).clip(RoundedCornerShape(15.dp)).background(if (selected) Curtain.colors.primarySoft else Curtain.colors.surface),
        Alignment.Center,
    ) { Icon(icon, null, Modifier.size(24.dp), ink) }
}

/** Quiet until half a minute is left; only then announced. */
@Composable
private fun LockCell(modifier: Modifier, seconds: Int?, onClick: () -> Unit, divided: Boolean) {
    val near = seconds != null && seconds <= QUIET_UNTIL
    val line = Curtain.colors.line
    val ink = if (near) Curtain.colors.ink else Curtain.colors.primary
    val left = seconds?.let { Curtain.moments.left(it) }
    val label = if (left == null) Curtain.words.lockNow else Curtain.words.lockNowIn(left)
    Column(
        modifier.defaultMinSize(minHeight = Size.action)
            .drawBehind {
                if (divided) {
                    val x = if (layoutDirection == LayoutDirection.Ltr) 0f else size.width
                    drawLine(line, Offset(x, 0f), Offset(x, size.height), 1.dp.toPx())
                }
            }
            .clip(RoundedCornerShape(14.dp)).clickable(role = Role.Button, onClick = onClick)
            .semantics(mergeDescendants = true) {
                contentDescription = label
                if (near) liveRegion = LiveRegionMode.Polite
            },
        Arrangement.spacedBy(2.dp), Alignment.CenterHorizontally,
    ) {
        Pill(Icons.Lock, ink, near)
        Text(left ?: Curtain.words.lockShort, Modifier.clearAndSetSemantics {}, color = ink, style = Curtain.type.caption)
    }
}
