package org.curtain.ui.composer

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.ComposerActions
import org.curtain.kit.screen.ComposerState
import org.curtain.kit.screen.ConsentBanner
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Mark
import org.curtain.kit.screen.MarkedSpan
import org.curtain.kit.screen.ReadyKind
import org.curtain.kit.screen.ReadyText
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.owner
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Banner
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.PlainField
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.fit
import org.curtain.ui.part.strong
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Radius
import org.curtain.ui.theme.Size
import org.curtain.ui.way

/** Why a span is marked: inset under the paragraph, tied to it by the ring and the quoted words. */
@Composable
internal fun ReasonCard(span: MarkedSpan, actions: ComposerActions) {
    val words = Curtain.words
    val style = Curtain.style(
        when (span.mark) {
            Mark.STOP -> Look.BLOCK
            Mark.CHANGE -> Look.REWRITE
            Mark.BLIND, Mark.NOTE -> Look.REVIEW
        },
    )
    val title = when (span.mark) {
        Mark.STOP -> words.reasonStop(span.quoted)
        Mark.CHANGE -> words.reasonChange(span.quoted)
        Mark.NOTE -> words.reasonNote(span.quoted)
        Mark.BLIND -> words.reasonBlind(span.quoted)
    }
    Column(Modifier.padding(top = 12.dp).fillMaxWidth().clip(RoundedCornerShape(Radius.cell)).background(style.container).padding(14.dp, 10.dp)) {
        Text(title, Modifier.semantics { heading() }, color = style.ink, style = Curtain.type.head.copy(fontSize = Curtain.type.head.fontSize * .94f))
        Text(span.reason, color = Curtain.colors.ink, style = Curtain.type.small)
        Actions(Modifier.padding(top = 6.dp)) {
            if (span.mark == Mark.STOP || span.mark == Mark.CHANGE) {
                CurtainButton(words.reasonTakeOut, { actions.takeOut(span) }, Modifier.fit(), ButtonLook.OUTLINE, small = true, ink = style.ink, label = words.labelled(words.reasonTakeOut, span.quoted))
            }
            CurtainButton(words.reasonRule, actions::trace, Modifier.fit(), ButtonLook.QUIET, small = true, ink = style.ink)
        }
    }
}

/** A text that may go: the whole card is the target, "Use" stands for it. */
@Composable
internal fun ReadyCard(ready: ReadyText, onUse: () -> Unit) {
    val words = Curtain.words
    val shape = RoundedCornerShape(Radius.cell)
    val kind = when (ready.kind) {
        ReadyKind.CALL_US -> words.readyCall
        ReadyKind.READY_TEXT -> words.readyText(words.way(ready.way))
        ReadyKind.SMALLEST_CHANGE -> words.readySmallest
    }
    val label = words.readyUse(ready.text)
    val use: @Composable () -> Unit = {
        Box(
            Modifier.defaultMinSize(minWidth = 64.dp, minHeight = Size.target).clip(RoundedCornerShape(24.dp)).background(Curtain.colors.primarySoft).padding(14.dp, 6.dp),
            Alignment.Center,
        ) { Text(words.use, color = Curtain.colors.onPrimarySoft, style = Curtain.type.label) }
    }
    Row(
        Modifier.fillMaxWidth().clip(shape).background(Curtain.colors.surface).border(1.dp, Curtain.colors.line, shape).clickable(role = Role.Button, onClick = onUse)
            .clearAndSetSemantics { contentDescription = label; onClickAction(onUse) }
            .defaultMinSize(minHeight = Size.row).padding(start = 14.dp, end = 8.dp, top = 8.dp, bottom = 8.dp),
        Arrangement.spacedBy(8.dp), Alignment.CenterVertically,
    ) {
        Column(Modifier.weight(1f)) {
            Text(ready.text, color = Curtain.colors.ink, style = Curtain.type.small)
            Text("$kind · ${words.readyLength("${ready.units}", "${ready.single}")}", Modifier.padding(top = 1.dp), color = Curtain.colors.ink2, style = Curtain.type.caption)
            if (Curtain.hugeType) use()
        }
        if (!Curtain.hugeType) use()
    }
}

/** What stands about consent, only where it matters. */
@Composable
internal fun ConsentNote(banner: ConsentBanner, state: ComposerState, actions: ComposerActions) {
    val words = Curtain.words
    val name = given(banner.name)
    val day = banner.atMs?.let { Curtain.moments.day(it) }.orEmpty()
    val ask: @Composable () -> Unit = {
        CurtainButton(words.consentAsk, actions::askConsent, Modifier.padding(top = 4.dp), ButtonLook.QUIET, Icons.LiveHelp, small = true, ink = Curtain.style(Look.CONSENT).ink)
    }
    when (banner.kind) {
        ConsentBanner.Kind.IN_FORCE -> Banner(
            strong(words.consentInForce(name), words.consentInForceSince(day) + state.owner?.let { " ${words.owner(it)}." }.orEmpty(), Curtain.colors.primary),
            icon = Icons.Verified, container = Curtain.colors.surface, outlined = true,
        )
        ConsentBanner.Kind.NEEDED -> Banner(strong(words.consentNeeded(name)), look = Look.CONSENT, action = ask)
        ConsentBanner.Kind.REVIEW_DUE -> Banner(strong(words.consentReview(name) + " ", words.consentValid(day)), look = Look.CONSENT, action = ask)
        ConsentBanner.Kind.EXPIRED -> Banner(strong(words.consentExpired(name)), look = Look.CONSENT, action = ask)
        ConsentBanner.Kind.NUMBER_CHANGED ->
            Banner(strong(words.consentChanged + " ", banner.lastFour?.let { words.consentOld(it) }.orEmpty()), look = Look.CONSENT, action = ask)
        ConsentBanner.Kind.WITHDRAWN -> Banner(strong(words.consentWithdrawn(name, day)), look = Look.BLOCK)
    }
}

/** What will go to the record, editable. */
@Composable
internal fun ChartText(text: String, limit: Int, actions: ComposerActions) {
    val words = Curtain.words
    val length = text.codePointCount(0, text.length)
    SectionHead(words.chartTitle, Modifier.padding(top = 16.dp, bottom = 6.dp)) {
        Text(words.readyLength("$length", "$limit"), color = Curtain.colors.ink2, style = Curtain.type.caption)
    }
    CurtainCard {
        PlainField(text, { value, _ -> if (value.codePointCount(0, value.length) <= limit) actions.editChart(value) }, Curtain.type.small, Modifier.fillMaxWidth().defaultMinSize(minHeight = Size.target).semantics { contentDescription = words.chartTitle })
    }
}

private fun androidx.compose.ui.semantics.SemanticsPropertyReceiver.onClickAction(onUse: () -> Unit) {
    this[androidx.compose.ui.semantics.SemanticsActions.OnClick] = androidx.compose.ui.semantics.AccessibilityAction(null) { onUse(); true }
    this[androidx.compose.ui.semantics.SemanticsProperties.Role] = Role.Button
}

