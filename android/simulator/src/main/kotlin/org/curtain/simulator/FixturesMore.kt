package org.curtain.simulator

import org.curtain.kit.screen.EvidenceState
import org.curtain.kit.screen.FreshUnlockState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.PolicyCell
import org.curtain.kit.screen.PolicyRow
import org.curtain.kit.screen.PolicyState
import org.curtain.kit.screen.ReceiveState
import org.curtain.kit.screen.SettingsState
import org.curtain.kit.screen.To
import org.curtain.kit.screen.Way
import org.curtain.kit.screen.WorkspaceTab
import org.curtain.ui.more.EvidenceScreen
import org.curtain.ui.more.FreshUnlockSheet
import org.curtain.ui.more.LimitsScreen
import org.curtain.ui.more.MoreScreen
import org.curtain.ui.more.PolicyScreen
import org.curtain.ui.more.ReceiveScreen
import org.curtain.ui.more.SettingsScreen

private fun Fixtures.settings(): SettingsState = SettingsState(
    60, 120, listOf(15, 60, 120, 300), biometry = true, biometryAllowed = true, keystore = SettingsState.Keystore.SECURE_CHIP, clipboardSeconds = 30, haptics = true,
    workspaces = listOf(WorkspaceTab("a", hospital, true)),
)

private fun Fixtures.policy(builtIn: Boolean = false): PolicyState {
    val sentence = either("Only times and “call us” go there.", "Por ahí solo van horarios y “llámenos”.")
    fun row(way: Way, note: String, vararg looks: Look) = PolicyRow(way, note, looks.map { PolicyCell(it, sentence) })
    return PolicyState(
        To.PATIENT,
        if (spanish) listOf("Horarios,\nllámenos", "Consejo", "Resultados", "Malas\nnoticias") else listOf("Times,\ncall us", "Advice", "Results", "Bad news,\nsensitive"),
        listOf(
            row(Way.PORTAL, either("Preferred", "Preferido"), Look.DOCUMENT, Look.DOCUMENT, Look.DOCUMENT, Look.DOCUMENT),
            row(Way.PHONE, either("Always open", "Siempre"), Look.ALLOW, Look.DOCUMENT, Look.DOCUMENT, Look.DOCUMENT),
            row(Way.EMAIL, either("With care", "Con cuidado"), Look.ALLOW, Look.REDIRECT, Look.REDIRECT, Look.BLOCK),
            row(Way.SMS, either("Logistics only", "Solo logística"), Look.ALLOW, Look.REDIRECT, Look.REDIRECT, Look.BLOCK),
            row(Way.WHATSAPP, either("Off", "Cerrado"), Look.OFF, Look.OFF, Look.OFF, Look.OFF),
            row(Way.PERSONAL_EMAIL, either("Off", "Cerrado"), Look.OFF, Look.OFF, Look.OFF, Look.OFF),
        ),
        listOf(Way.SECURE_MESSAGING to 20, Way.EMAIL to 40, Way.WHATSAPP to 70, Way.SMS to 85, Way.PERSONAL_EMAIL to 95),
        "12", if (builtIn) null else institution, if (builtIn) null else at(1, 31, year = 2027), "9c1e 40b7 77d2 e05a", builtIn, expired = false,
    )
}

/** What stands behind More. */
val moreScreens: Map<String, Drawn> = mapOf(
    "more" to Drawn { MoreScreen(it.shell(Place.More), Silent.shell) },
    "limits" to Drawn { LimitsScreen(Silent.shell) },
    "evidence" to Drawn { EvidenceScreen(EvidenceState(1184, 12, listOf("CURTAIN:CHECKPOINT:1184:" + "9c1e40b7".repeat(16)), null), Silent.of(), Silent.shell) },
    "receive" to Drawn { ReceiveScreen(ReceiveState(ReceiveState.Phase.Scan), Silent.of(), Silent.shell) },
    "receive-refused" to Drawn { ReceiveScreen(ReceiveState(ReceiveState.Phase.Refused("receive.refused.older")), Silent.of(), Silent.shell) },
    "fresh" to Drawn { FreshUnlockSheet(FreshUnlockState(2, true, 4), Silent.of()) {} },
    "settings" to Drawn { SettingsScreen(it.settings(), Silent.of(), it.shell(Place.Settings, 58), Silent.shell) },
    "policy" to Drawn { PolicyScreen(it.policy(), Silent.of(), Silent.shell) },
    "policy-built-in" to Drawn { PolicyScreen(it.policy(builtIn = true), Silent.of(), Silent.shell) },
)
